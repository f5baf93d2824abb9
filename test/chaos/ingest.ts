import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertId } from '../../src/alert/alert.ts';
import { type App, startApp } from '../../src/app.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { parseConfig } from '../../src/config/config.ts';
import { emulatorKinds } from '../support/aws-emulator.ts';
import { type AwsWorld, makeAwsWorld, s3Event } from '../support/aws-world.ts';
import { type FleetObject, makeFleet, randomFrom, shuffled } from './fleet.ts';
import type { ChaosArgs } from './main.ts';
import { Replica } from './replica.ts';

/**
 * Two `ingest` replicas on one queue, then one on a listed bucket, all feeding one service. Logs come late, shuffled and
 * with every tenth notification twice; replicas die by kill -9. In the end every alert must be in the store exactly once,
 * the queue empty, and only what was planted as poison in the dead-letter queue.
 */
export async function run(args: ChaosArgs): Promise<boolean> {
  args.say(`chaos ingest: ${args.objects} objects, ${args.kills} kills, seed ${args.seed}`);
  const queue = await withStage(args, 'queue', throughQueue);
  const list = await withStage(args, 'list', throughListing);
  const held = [queue, list].every(({ lost, doubled, left, wrongDead }) => lost + doubled + left + wrongDead === 0);
  args.say(
    `lost=${queue.lost + list.lost} doubled=${queue.doubled + list.doubled} left_in_queue=${queue.left} wrong_dead_letters=${queue.wrongDead} ${held ? 'held' : 'BROKEN'}`,
  );
  return held;
}

interface Verdict {
  readonly lost: number;
  readonly doubled: number;
  /** Messages that are still in the queue. */
  readonly left: number;
  /** Dead letters that were not planted, and planted ones that are not there. */
  readonly wrongDead: number;
}

interface Stage {
  readonly world: AwsWorld;
  readonly endpoint: string;
  readonly folder: string;
  readonly app: App;
  readonly fleet: readonly FleetObject[];
  readonly random: () => number;
  readonly expected: ReadonlySet<string>;
}

const quietDeadlineMs = 180_000;
const poisons = 3;
const nobody = (): Promise<never> => Promise.reject(new Error('standard streams are not used'));

async function withStage(
  args: ChaosArgs,
  name: string,
  act: (stage: Stage, args: ChaosArgs) => Promise<Pick<Verdict, 'left' | 'wrongDead'>>,
): Promise<Verdict> {
  const [fauxqs] = emulatorKinds;
  if (fauxqs === undefined) throw new Error('no emulator');
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-chaos-'));
  const aws = await fauxqs.start();
  const world = await makeAwsWorld(aws.endpoint, 20);
  const config = parseConfig('listen: { port: 0 }\nsources: []\noutputs: []\n', join(folder, 'service.yaml'), {});
  const app = await startApp(
    config,
    { service: true },
    {
      clock: systemClock,
      log: silentLog,
      version: 'chaos',
      write: nobody,
      stdin: async function* () {},
    },
  );
  try {
    const random = randomFrom(args.seed);
    const fleet = makeFleet(args.objects, Date.now() - 60_000, random);
    const expected = new Set(
      fleet.flatMap(({ key, alertLines }) => alertLines.map((line) => idOf(`s3://${world.bucket}/${key}`, line))),
    );
    const startedMs = Date.now();
    const ending = await act({ world, endpoint: aws.endpoint, folder, app, fleet, random, expected }, args);
    const ids = storedIds(app);
    const known = new Set(ids);
    const lost = [...expected].filter((id) => !known.has(id)).length;
    const doubled = ids.length - known.size + ids.filter((id) => !expected.has(id)).length;
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
    args.say(
      `${name}: ${expected.size} alerts expected, ${ids.length} stored, lost=${lost} doubled=${doubled} in ${seconds} s`,
    );
    return { lost, doubled, ...ending };
  } finally {
    await app.stop();
    world.close();
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function throughQueue(stage: Stage, args: ChaosArgs): Promise<Pick<Verdict, 'left' | 'wrongDead'>> {
  const { world, endpoint, folder, app, fleet, random } = stage;
  const sources = `sources:
  - { name: logs, kind: s3-sqs, queue_url: "${world.queueUrl}", endpoint: "${endpoint}", region: ${world.region}, path_style: true, visibility_timeout: 5s }
`;
  const replicas = ['one', 'two'].map((name) => new Replica(folder, name, sources, app.url ?? ''));
  for (const replica of replicas) replica.start();
  try {
    for (let number = 0; number < poisons; number++) await world.send(`poison ${number}`);
    // Objects appear in one order and are told of in another, every tenth twice.
    const notifications = shuffled(
      [...fleet, ...fleet.filter(() => random() < 0.1)].map(({ key, body }) =>
        s3Event(world.bucket, { key, size: body.length }),
      ),
      random,
    );
    const killing = killAtRandom(replicas, stage, args);
    await deliver(fleet, (object) => world.put(object.key, object.body), random);
    await deliver(notifications, (body) => world.send(body), random);
    await killing;
    await until(async () => (await world.left(world.queueUrl)) === 0 && stored(app) >= stage.expected.size);
    const left = await world.left(world.queueUrl);
    const dead = await deadLetters(world);
    const planted = dead.filter((body) => body.startsWith('poison ')).length;
    return { left, wrongDead: dead.length - planted + Math.abs(poisons - planted) };
  } finally {
    for (const replica of replicas) await replica.stop();
  }
}

async function throughListing(stage: Stage, args: ChaosArgs): Promise<Pick<Verdict, 'left' | 'wrongDead'>> {
  const { world, endpoint, folder, app, fleet, random } = stage;
  const sources = `sources:
  - { name: logs, kind: s3-list, bucket: ${world.bucket}, endpoint: "${endpoint}", region: ${world.region}, path_style: true, poll_interval: 1s, since: 2d }
`;
  const replica = new Replica(folder, 'lister', sources, app.url ?? '');
  replica.start();
  try {
    const killing = killAtRandom([replica], stage, args);
    await deliver(shuffled(fleet, random), (object) => world.put(object.key, object.body), random);
    await killing;
    await until(() => Promise.resolve(stored(app) >= stage.expected.size));
    return { left: 0, wrongDead: 0 };
  } finally {
    await replica.stop();
  }
}

/** Kills one of the replicas whenever another share of the alerts is stored, so that they die at work. */
async function killAtRandom(replicas: readonly Replica[], { app, random, expected }: Stage, { kills, say }: ChaosArgs) {
  for (let kill = 0; kill < kills; kill++) {
    const share = (kill + random()) / kills;
    await until(() => Promise.resolve(stored(app) >= share * expected.size * 0.9));
    const replica = replicas[Math.floor(random() * replicas.length)];
    say(`  kill -9 ${replica?.name} at ${stored(app)} of ${expected.size} alerts`);
    await replica?.kill();
  }
}

/** In bursts with pauses between them, as AWS delivers. */
async function deliver<T>(items: readonly T[], send: (item: T) => Promise<void>, random: () => number): Promise<void> {
  for (let start = 0; start < items.length; ) {
    const burst = items.slice(start, start + 1 + Math.floor(random() * 40));
    await Promise.all(burst.map(send));
    start += burst.length;
    await systemClock.sleep(random() * 100);
  }
}

async function deadLetters(world: AwsWorld): Promise<string[]> {
  const found: string[] = [];
  for (
    let batch = await world.take(world.deadLettersUrl);
    batch.length > 0;
    batch = await world.take(world.deadLettersUrl)
  ) {
    found.push(...batch);
  }
  return found;
}

async function until(met: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + quietDeadlineMs;
  while (Date.now() < deadlineMs && !(await met())) await systemClock.sleep(50);
}

function stored({ store }: App): number {
  return store?.stats().alerts ?? 0;
}

function storedIds(app: App): string[] {
  return app.store?.recent(Number.MAX_SAFE_INTEGER).map(({ alert }) => alert.id) ?? [];
}

/** The documented identity of an alert, computed here from scratch: what the program says is compared with it. */
function idOf(object: string, { number, text }: FleetObject['alertLines'][number]): string {
  const event = hash('sha256', `${object}\0${number}\0${text}`, 'hex').slice(0, 32);
  return alertId(event, 'Balancer answered 503');
}
