import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { albLine } from '../support/alb-line.ts';
import { randomFrom } from './fleet.ts';
import type { ChaosArgs } from './main.ts';

const root = join(import.meta.dirname, '../..');
const drain = join(root, 'falco-plugin/target/release/examples/drain');
const linesInObject = 20_000;
const deadlineMs = 900_000;

/** Why it cannot run here; undefined when it can. */
export function feedObstacle(): string | undefined {
  return existsSync(drain) ? undefined : 'the host is not built: cd falco-plugin && cargo build --release --examples';
}

/**
 * Log files through `ingest` and the feed into the plugin, in a host that writes down the id of every event that reaches
 * it. The ingester is killed with -9 and the host is stopped and started, in turn and both at once, always at work. In the
 * end every event must have reached the host exactly once.
 */
export async function run({ events = 1_000_000, kills, seed, say }: ChaosArgs): Promise<boolean> {
  const obstacle = feedObstacle();
  if (obstacle !== undefined) {
    say(`skipped: ${obstacle}`);
    return false;
  }
  say(`chaos feed: ${events} events, ${kills} kills, seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-chaos-feed-'));
  const random = randomFrom(seed);
  const expected = writeLogs(folder, events);
  const stage = new Stage(folder);
  const startedMs = Date.now();
  try {
    await stage.startHost();
    stage.startIngester();
    for (let kill = 0; kill < kills; kill++) {
      const share = (kill + 0.2 + 0.6 * random()) / kills;
      await stage.until(share * events);
      const what = (['ingester', 'host', 'both'] as const)[kill % 3] ?? 'both';
      say(`  ${what} at ${stage.handedOn()} of ${events} events`);
      if (what !== 'host') await stage.killIngester();
      if (what !== 'ingester') await stage.stopHost();
      await delay(random() * 200);
      if (what !== 'ingester') await stage.startHost();
      if (what !== 'host') stage.startIngester();
    }
    const code = await stage.ingesterEnded();
    await stage.stopHost();
    const { lost, doubled, unknown, handedOn } = await count(stage.ids, expected);
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
    say(`${handedOn} events reached Falco's side in ${seconds} s, the ingester ended with ${code}, unknown=${unknown}`);
    const held = lost + doubled + unknown + Math.abs(code) === 0;
    say(`lost=${lost} doubled=${doubled} ${held ? 'held' : 'BROKEN'}`);
    return held;
  } finally {
    await stage.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gzipped logs of `linesInObject` lines each, every line another; returns the ids that their events must have. */
function writeLogs(folder: string, events: number): Set<string> {
  mkdirSync(join(folder, 'logs'));
  const [before = '', after = ''] = albLine({ agent: 'AGENT' }).split('AGENT');
  const ids = new Set<string>();
  for (let made = 0, object = 0; made < events; object++) {
    const path = join(folder, 'logs', `${String(object).padStart(5, '0')}.log.gz`);
    const lines: string[] = [];
    for (; lines.length < linesInObject && made < events; made++) {
      const line = `${before}event-${made}${after}`;
      lines.push(line);
      ids.add(hash('sha256', `${path}\0${lines.length}\0${line}`).slice(0, 32));
    }
    writeFileSync(path, gzipSync(`${lines.join('\n')}\n`, { level: 1 }));
  }
  return ids;
}

/** The two processes and what they write. */
class Stage {
  readonly ids: string;
  readonly #folder: string;
  readonly #socket: string;
  #host: ChildProcess | undefined;
  #ingester: ChildProcess | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#socket = join(folder, 'feed.sock');
    this.ids = join(folder, 'ids');
    writeFileSync(this.ids, '');
    writeFileSync(
      join(folder, 'config.yaml'),
      `state_dir: state
engine: { kind: falco, feed: { address: "unix://${this.#socket}" } }
sources: [{ name: logs, kind: file, paths: ["${join(folder, 'logs')}"] }]
`,
    );
  }

  async startHost(): Promise<void> {
    const init = JSON.stringify({ stateFile: join(this.#folder, 'seen') });
    const host = spawn(drain, [`unix://${this.#socket}`, init, this.ids], { stdio: ['pipe', 'ignore', 'pipe'] });
    this.#host = host;
    this.#log('host', host);
    while (!existsSync(this.#socket)) {
      if (host.exitCode !== null) throw new Error(`the host ended: see ${this.#folder}/host.log`);
      await delay(10);
    }
  }

  /** In the middle of what it has at hand, as Falco stops. */
  async stopHost(): Promise<void> {
    const host = this.#host;
    if (host === undefined || host.exitCode !== null) return;
    const exit = once(host, 'exit');
    host.stdin?.end();
    const [code] = (await exit) as [number | null];
    if (code !== 0) throw new Error(`the host ended with ${code}`);
  }

  startIngester(): void {
    const args = [join(root, 'src/main.ts'), 'ingest', '--config', join(this.#folder, 'config.yaml')];
    this.#ingester = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#log('ingester', this.#ingester);
  }

  async killIngester(): Promise<void> {
    const ingester = this.#ingester;
    if (ingester === undefined || ingester.exitCode !== null) return;
    const exit = once(ingester, 'exit');
    ingester.kill('SIGKILL');
    await exit;
  }

  async ingesterEnded(): Promise<number> {
    const ingester = this.#ingester;
    if (ingester === undefined) return 1;
    if (ingester.exitCode === null) await once(ingester, 'exit', { signal: AbortSignal.timeout(deadlineMs) });
    return ingester.exitCode ?? 1;
  }

  /** As far as it is written: ids are lines of 33 bytes. */
  handedOn(): number {
    return Math.floor(statSync(this.ids).size / 33);
  }

  /** Until so many events have reached the host, or nothing is left to come. */
  async until(events: number): Promise<void> {
    const untilMs = Date.now() + deadlineMs;
    while (this.handedOn() < events && this.#ingester?.exitCode === null) {
      if (Date.now() > untilMs) throw new Error(`only ${this.handedOn()} events after ${deadlineMs / 1000} s`);
      await delay(10);
    }
  }

  async end(): Promise<void> {
    await this.killIngester();
    this.#host?.kill('SIGKILL');
  }

  #log(name: string, child: ChildProcess): void {
    child.stderr?.pipe(createWriteStream(join(this.#folder, `${name}.log`), { flags: 'a' }));
  }
}

async function count(file: string, expected: ReadonlySet<string>) {
  const seen = new Set<string>();
  let handedOn = 0;
  let unknown = 0;
  for await (const id of createInterface(createReadStream(file))) {
    handedOn++;
    if (expected.has(id)) seen.add(id);
    else unknown++;
  }
  return { handedOn, unknown, lost: expected.size - seen.size, doubled: handedOn - unknown - seen.size };
}
