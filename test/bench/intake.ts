import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * How fast alerts come in over HTTP: the whole service (decoding, GeoIP and ELB enrichment, SQLite on disk) against a bare
 * `node:http` server that answers 200 and discards, each in its own process, by the same client, alternating. `door` is the
 * service without its store: the difference to `service` is what keeping the alerts costs.
 *
 * - serial: one keep-alive connection, one alert a request, the next when the answer is there: as Falco posts.
 * - parallel: 64 such connections.
 * - NDJSON: 1,000 alerts a request on 4 connections, each answered after an fsync.
 * - backlog: as many alerts as `undelivered` in a store that no output has read from, then read as a courier reads them.
 *
 * The service answers single alerts from its journal and moves them into its tables beside: `sustained` counts until the
 * last of them is there.
 */
export async function run([seconds = '2', undelivered = '300000']: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-intake-'));
  const bare = await start('bare');
  const door = await start('door');
  const service = await start('service', join(folder, 'alerts.db'));
  const ms = Number(seconds) * 1000;
  try {
    console.log(
      `${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}, client on the same machine`,
    );
    // Compiled and cached as after some minutes of service, before anything counts.
    for (const server of [bare, door, service]) await post(server, { connections: 8, alerts: 1, ms: 1500 });
    for (const [name, connections] of shapes) {
      const rounds = { bare: [] as Result[], door: [] as Result[], service: [] as Result[] };
      for (let round = 0; round < 3; round++) {
        rounds.bare.push(await post(bare, { connections, alerts: 1, ms }));
        rounds.door.push(await post(door, { connections, alerts: 1, ms }));
        rounds.service.push(await post(service, { connections, alerts: 1, ms }));
      }
      const floor = median(rounds.bare);
      console.log(`${name} (medians of 3)`);
      for (const [server, results] of Object.entries(rounds)) {
        const result = median(results);
        const ratio = (result.alertsPerSecond / floor.alertsPerSecond).toFixed(2);
        const sustained = server === 'service' ? `, sustained ${rate(result.sustainedPerSecond)}/s` : '';
        console.log(`  ${server.padEnd(8)}${say(result)}, ${ratio} × bare${sustained}`);
      }
    }
    await sayMemory('after single alerts', service);
    const batches = await post(service, { connections: 4, alerts: 1_000, ms: 2 * ms });
    console.log(`NDJSON, 1,000 a request, 4 connections: ${say(batches)}`);
    await sayMemory('after batches', service);
    let stored = await settled(service);
    while (stored < Number(undelivered)) {
      await post(service, { connections: 4, alerts: 1_000, ms: 500 });
      stored = await settled(service);
    }
    await sayMemory(`with ${rate(stored)} alerts undelivered`, service);
    const start = performance.now();
    const read = await ask(service.process, 'read');
    const perSecond = (read.alerts ?? 0) / ((performance.now() - start) / 1000);
    console.log(
      `backlog read at ${rate(perSecond)} alerts/s, ${((read.cpuMicros ?? 0) / (read.alerts ?? 1)).toFixed(1)} µs CPU an alert`,
    );
    await sayMemory('after reading it', service);
  } finally {
    for (const { process: child } of [bare, door, service]) {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    }
    rmSync(folder, { recursive: true });
  }
}

interface Server {
  readonly url: URL;
  readonly process: ChildProcess;
  readonly kind: string;
}

async function start(kind: string, ...args: readonly string[]): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'intake-server.ts'), [kind, ...args]);
  const [message] = (await once(child, 'message')) as [{ readonly url: string }];
  return { url: new URL(message.url), process: child, kind };
}

interface Told {
  readonly rssBytes?: number;
  readonly mostRssBytes?: number;
  readonly cpuMicros?: number;
  readonly alerts?: number;
}

async function ask(child: ChildProcess, what: 'usage' | 'settle' | 'read'): Promise<Told> {
  child.send(what);
  const [message] = (await once(child, 'message')) as [Told];
  return message;
}

/** Resolves when everything that was answered is in the tables, with how many alerts are there. */
async function settled({ process: child }: Server): Promise<number> {
  return (await ask(child, 'settle')).alerts ?? 0;
}

const mib = (bytes: number): number => Math.round(bytes / 1_048_576);

async function sayMemory(when: string, { process: child }: Server): Promise<void> {
  const { rssBytes = 0, mostRssBytes = 0 } = await ask(child, 'usage');
  console.log(`service RSS ${when}: ${mib(rssBytes)} MiB, at most ${mib(mostRssBytes)}`);
}

const rate = (perSecond: number): string => Math.round(perSecond).toLocaleString('en');

interface Result {
  readonly alertsPerSecond: number;
  readonly sustainedPerSecond: number;
  readonly p99Ms: number;
  /** What the server spent on one alert: the figure that a busy machine changes least. */
  readonly cpuMicros: number;
}

const shapes = [
  ['serial, 1 connection', 1],
  ['parallel, 64 connections', 64],
] as const;

function median(results: readonly Result[]): Result {
  const sorted = results.toSorted((a, b) => a.alertsPerSecond - b.alertsPerSecond);
  return sorted[sorted.length >> 1] ?? { alertsPerSecond: 0, sustainedPerSecond: 0, p99Ms: 0, cpuMicros: 0 };
}
const say = ({ alertsPerSecond, p99Ms, cpuMicros }: Result): string =>
  `${rate(alertsPerSecond)} alerts/s, p99 ${p99Ms.toFixed(2)} ms, ${cpuMicros.toFixed(1)} µs CPU an alert`;

let serial = 0;

/** As the embedded rules print them: about 850 bytes, a client address that changes, no two alerts alike. */
function alertText(): string {
  const n = ++serial;
  const ns = `${1_795_216_177_000_000_000n + BigInt(n)}`;
  const client = `${(n % 200) + 11}.${(n >> 8) % 256}.${n % 256}.${(n * 7) % 256}`;
  const time = `23:09:37.${ns.slice(-9)}`;
  return `{"hostname":"vm","output":"${time}: Warning Path scanned (client=${client} path=/wp-login.php status=404 n=${n})","output_fields":{"awselb.client_ip":"${client}","awselb.elb_status_code":404,"awselb.name":"app/web/0123456789abcdef","awselb.object":"s3://logs/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20/123456789012_elasticloadbalancing_eu-west-1_app.web.0123456789abcdef_20261120T2310Z_10.0.0.1_abcd1234.log.gz","awselb.request_url":"https://www.example.com:443/wp-login.php?n=${n}","awselb.target_ip":null,"awselb.user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","evt.time":${ns}},"priority":"Warning","rule":"Path scanned","source":"awselb","tags":["scan","web"],"time":"2026-11-20T${time}Z"}`;
}

/** Posts until the time is over. Each answer must be 200: the first other ends the benchmark. */
async function post(
  { url, process: child, kind }: Server,
  { connections, alerts, ms }: { readonly connections: number; readonly alerts: number; readonly ms: number },
): Promise<Result> {
  const { cpuMicros: before = 0 } = await ask(child, 'usage');
  const start = performance.now();
  const latencies: number[] = [];
  await Promise.all(Array.from({ length: connections }, () => postOn(url, alerts, start + ms, latencies)));
  const seconds = (performance.now() - start) / 1000;
  if (kind === 'service') await ask(child, 'settle');
  const settledSeconds = (performance.now() - start) / 1000;
  const { cpuMicros = 0 } = await ask(child, 'usage');
  latencies.sort((a, b) => a - b);
  return {
    cpuMicros: (cpuMicros - before) / (latencies.length * alerts),
    alertsPerSecond: (latencies.length * alerts) / seconds,
    sustainedPerSecond: (latencies.length * alerts) / settledSeconds,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

function postOn(url: URL, alerts: number, untilMs: number, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    let sentMs = 0;
    let answer = '';
    const send = (): void => {
      const body = alerts === 1 ? alertText() : Array.from({ length: alerts }, alertText).join('\n');
      sentMs = performance.now();
      socket.write(
        `POST / HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: falcosecurity/falco\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    };
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (text: string) => {
      answer += text;
      if (!isWhole(answer)) return;
      if (!answer.startsWith('HTTP/1.1 200 ')) return void socket.destroy(new Error(answer));
      answer = '';
      const nowMs = performance.now();
      latencies.push(nowMs - sentMs);
      if (nowMs < untilMs) return send();
      socket.end();
      resolve();
    });
  });
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /content-length: (\d+)/i.exec(answer)?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= end + 4 + Number(length);
}
