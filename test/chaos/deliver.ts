import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Alert } from '../../src/alert/alert.ts';
import { stringifyJson } from '../../src/base/json.ts';
import { anAlert } from '../support/alerts.ts';
import { startAwsReceiver } from '../support/aws-receiver.ts';
import { startCloudWatchLogs } from '../support/cloudwatch-logs-stand-in.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { startFailingProxy } from './failing-proxy.ts';
import type { ChaosArgs } from './main.ts';

/** What the child is started with: the store's file, and where each output sends to. */
export interface ChildSetting {
  readonly path: string;
  readonly logs: string;
  readonly s3: string;
  readonly webhook: string;
  readonly slack: string;
}

export type ChildOrder =
  | { readonly kind: 'accept'; readonly batch: number; readonly alerts: readonly Alert[] }
  | { readonly kind: 'stop' };
export type ChildAnswer =
  | { readonly kind: 'accepted'; readonly batch: number }
  | { readonly kind: 'progress'; readonly done: boolean };

export interface ChaosPlan {
  readonly alerts: number;
  readonly kills: number;
  /** The share of requests that fail. */
  readonly failing: number;
  /** Makes the run's draws repeatable, as far as two processes can be. */
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface ChaosResult {
  readonly accepted: number;
  /** Output → accepted alerts that never arrived. Slack's are those that neither a message nor a summary's count stands for. */
  readonly lost: Readonly<Record<string, number>>;
  /** Output → arrivals beyond the first. */
  readonly doubled: Readonly<Record<string, number>>;
  readonly failures: number;
  readonly kills: number;
}

const batchSize = 250;
const clients = 2;

/**
 * Sends alerts to the deliver half in a process of its own, while a share of all requests to its outputs fails and the
 * process is killed with -9 again and again; then counts what arrived. Nothing accepted may be missing anywhere.
 */
export async function chaosDeliver(plan: ChaosPlan): Promise<ChaosResult> {
  const random = seeded(plan.seed);
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-chaos-'));
  const hooked: string[] = [];
  const slacked: string[] = [];
  const [aws, logs, hook, slack] = await Promise.all([
    startAwsReceiver(),
    startCloudWatchLogs(),
    startHttpReceiver(({ body }) => (hooked.push(body), 'ok')),
    startHttpReceiver(({ body }) => (slacked.push(body), 'ok')),
  ]);
  const proxies = await Promise.all(
    [aws, logs, hook, slack].map(({ endpoint }) => startFailingProxy(endpoint, plan.failing, random)),
  );
  const [s3Url = '', logsUrl = '', hookUrl = '', slackUrl = ''] = proxies.map(({ endpoint }) => endpoint);
  const setting: ChildSetting = {
    path: join(folder, 'alerts.db'),
    logs: logsUrl,
    s3: s3Url,
    webhook: hookUrl,
    slack: slackUrl,
  };

  const alerts = Array.from({ length: plan.alerts }, (_, n) => chaosAlert(n));
  const waiting = new Set(Array.from({ length: Math.ceil(plan.alerts / batchSize) }, (_, batch) => batch));
  const accepted = new Set<number>();
  const underWay = new Set<number>();
  // A kill falls due when so many batches are accepted; the last ones while only delivery is left.
  const killAt = Array.from({ length: plan.kills }, (_, n) => Math.ceil(((n + 0.5) / plan.kills) * waiting.size * 1.1));
  let kills = 0;
  try {
    for (let finished = false; !finished; ) {
      const child = start(setting);
      let idle = 0;
      const offer = (): void => {
        for (const batch of waiting) {
          if (underWay.size >= 8) return;
          if (underWay.has(batch)) continue;
          underWay.add(batch);
          order(child, { kind: 'accept', batch, alerts: alerts.slice(batch * batchSize, (batch + 1) * batchSize) });
        }
      };
      const kill = (): void => {
        kills += 1;
        plan.say(`kill -9 number ${kills} with ${accepted.size * batchSize} alerts accepted`);
        child.kill('SIGKILL');
      };
      child.on('message', (text: string) => {
        const answer = JSON.parse(text) as ChildAnswer;
        if (answer.kind === 'accepted') {
          underWay.delete(answer.batch);
          waiting.delete(answer.batch);
          accepted.add(answer.batch);
          if (kills < plan.kills && accepted.size >= (killAt[kills] ?? 0)) return kill();
          return offer();
        }
        if (waiting.size > 0) return undefined;
        // Only delivery is left: what is left of the kills falls into it.
        idle += 1;
        if (kills < plan.kills && (idle >= 3 || answer.done)) return kill();
        if (answer.done && kills >= plan.kills) order(child, { kind: 'stop' });
        return undefined;
      });
      offer();
      const [code] = (await once(child, 'exit')) as [number | null];
      underWay.clear();
      if (code === 0) finished = true;
      else if (code !== null) throw new Error(`the child ended with ${code}`);
    }

    const inLogs = (logs.groups.get('g')?.streams.get('s') ?? []).map(({ message }) => idOf(message));
    const inS3 = [...(await aws.objects()).values()].flatMap(({ body }) =>
      linesOf(gunzipSync(body).toString('utf8')).map(idOf),
    );
    const inHook = hooked.flatMap((body) => linesOf(body).map(idOf));
    const ids = alerts.map(({ id }) => id);
    const slackCount = countSlack(slacked);
    return {
      accepted: ids.length,
      lost: {
        'cloudwatch-logs': missing(ids, inLogs),
        s3: missing(ids, inS3),
        webhook: missing(ids, inHook),
        slack: Math.max(0, ids.length - slackCount.stoodFor),
      },
      doubled: {
        'cloudwatch-logs': inLogs.length - new Set(inLogs).size,
        s3: inS3.length - new Set(inS3).size,
        webhook: inHook.length - new Set(inHook).size,
        slack: slackCount.repeated,
      },
      failures: proxies.reduce((sum, proxy) => sum + proxy.failures(), 0),
      kills,
    };
  } finally {
    await Promise.all([...proxies, aws, logs, hook, slack].map((each) => each.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(setting: ChildSetting): ChildProcess {
  return fork(join(import.meta.dirname, 'deliver-child.ts'), [stringifyJson(setting)], {
    stdio: 'inherit',
    execArgv: [],
  });
}

function order(child: ChildProcess, message: ChildOrder): void {
  // A child that is being killed takes no orders any more; its successor will.
  if (child.connected) child.send(stringifyJson(message), () => undefined);
}

/** Alerts of the last hours from two addresses. */
function chaosAlert(n: number): Alert {
  const time = `2026-11-20T${String(n % 3).padStart(2, '0')}:00:00.${String(n).padStart(9, '0')}Z`;
  return anAlert(`chaos ${n}`, {
    time,
    fields: { 'awselb.client_ip': `192.0.2.${n % clients}`, 'evt.time': 1795216177029160000n + BigInt(n) },
  });
}

/** How many alerts Slack's messages stand for: a message for itself, a summary for its count. Repeated messages count once. */
function countSlack(bodies: readonly string[]): { stoodFor: number; repeated: number } {
  const seen = new Set<string>();
  let stoodFor = 0;
  for (const body of bodies) {
    const id = /alerts\/([0-9a-f]{32})/.exec(body)?.[1] ?? body;
    if (seen.has(id)) continue;
    seen.add(id);
    const more = /"fallback":"([\d,]+) more /.exec(body)?.[1];
    stoodFor += more === undefined ? 1 : Number(more.replaceAll(',', ''));
  }
  return { stoodFor, repeated: bodies.length - seen.size };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function idOf(json: string): string {
  return /"id":"([0-9a-f]{32})"/.exec(json)?.[1] ?? json;
}

function missing(wanted: readonly string[], there: readonly string[]): number {
  const found = new Set(there);
  return wanted.filter((id) => !found.has(id)).length;
}

/** mulberry32: small, and the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `npm run chaos -- deliver`: says what came of it; true when nothing is lost, S3 has no id twice, and the others stay under 1 %. */
export async function run({ alerts = 100_000, kills, seed, say }: ChaosArgs): Promise<boolean> {
  say(`${alerts} alerts, every output fails 30 % of the time, kill -9 ${kills} times, seed ${seed}`);
  const startedMs = performance.now();
  const result = await chaosDeliver({ alerts, kills, seed, failing: 0.3, say });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  say(`${result.failures} failed requests, ${result.kills} kills, ${seconds} s`);
  for (const [output, lost] of Object.entries(result.lost)) {
    const doubled = result.doubled[output] ?? 0;
    say(`${output}: lost ${lost}, doubled ${doubled} (${((100 * doubled) / result.accepted).toFixed(3)} %)`);
  }
  const lost = sum(result.lost);
  say(`lost=${lost} doubled=${sum(result.doubled)} accepted=${result.accepted}`);
  // S3's keys derive from the ids, so a repeat overwrites; the others may repeat what a kill left unsaid.
  return (
    lost === 0 && result.doubled['s3'] === 0 && Object.values(result.doubled).every((n) => n < result.accepted / 100)
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}
