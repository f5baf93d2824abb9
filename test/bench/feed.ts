import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { EventJson } from '../../src/detect/event-json.ts';
import { FalcoFeed } from '../../src/detect/falco-feed.ts';
import { postEvents } from '../../src/detect/feed-sender.ts';
import type { LogEvent, LogFormat } from '../../src/detect/formats/format.ts';
import { readObject } from '../../src/detect/read-object.ts';
import type { LogObject } from '../../src/detect/sources/source.ts';
import { objectOf } from '../support/log-objects.ts';
import { sampleObjects } from '../support/samples/hour.ts';

const drain = join(import.meta.dirname, '../../falco-plugin/target/release/examples/drain');
const name =
  'AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/09/15/111122223333_elasticloadbalancing_eu-central-1_app.shop-prod.8f3b1c2d4e5f6071_20260915T1805Z_203.0.113.17_6d0f7b58.log';
const lineCount = 200_000;
const chunkBytes = 64 * 1024;
const rounds = 3;

/**
 * How fast lines reach Falco: reading and parsing alone, the same with the JSON of every event, and all the way through
 * the plugin to its `next_batch` (a host that takes events and runs no rules, in its own process; a batch counts once it
 * was answered with 200). One feed, one thread of Node. Each case takes its turn in every round; medians.
 */
export async function run(): Promise<void> {
  if (!existsSync(drain)) {
    console.error('build the host first: cd falco-plugin && cargo build --release --examples');
    process.exitCode = 2;
    return;
  }
  const bytes = log();
  const folder = mkdtempSync(join(tmpdir(), 'bench-feed-'));
  const address = `unix://${join(folder, 'feed.sock')}`;
  const host = spawn(drain, [address], { stdio: ['pipe', 'ignore', 'inherit'] });
  const sender = postEvents(address);
  try {
    while (!existsSync(join(folder, 'feed.sock'))) await delay(20);
    const feed = new FalcoFeed({ post: sender.post, clock: systemClock });
    const signal = new AbortController().signal;
    const cases: Readonly<Record<string, () => Promise<unknown>>> = {
      'read and parse': () => visit(bytes, () => undefined),
      'and write JSON': () => visit(bytes, written()),
      'and to next_batch': async () => {
        const { outcome } = await feed.read(object(bytes), signal);
        if (outcome.kind !== 'done') throw outcome.cause;
      },
    };
    const taken = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const [what, work] of Object.entries(cases)) {
        const startMs = performance.now();
        await work();
        taken.set(what, [...(taken.get(what) ?? []), performance.now() - startMs]);
      }
    }
    console.log(`${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}`);
    console.log(`${lineCount} ALB lines of ${Math.round(bytes.length / lineCount)} bytes, medians of ${rounds}`);
    for (const [what, ms] of taken) {
      const perSecond = (lineCount / (ms.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 1)) * 1000;
      console.log(`${what.padEnd(20)} ${String(Math.round(perSecond / 1000)).padStart(5)} k events/s`);
    }
  } finally {
    sender.close();
    host.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function log(): Buffer {
  const lines = sampleObjects()
    .filter((each) => each.name.includes('_app.shop-prod'))
    .flatMap((each) => each.lines.map(({ text }) => text))
    .filter((text) => text.startsWith('http'));
  return Buffer.from(Array.from({ length: lineCount }, (_, i) => `${lines[i % lines.length] ?? ''}\n`).join(''));
}

function object(bytes: Buffer): LogObject {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  return objectOf(name, ...chunks);
}

function written(): (event: LogEvent, format: LogFormat) => void {
  let json: EventJson<LogEvent> | undefined;
  return (event, format) => {
    json ??= new EventJson(format);
    json.line(event);
  };
}

async function visit(bytes: Buffer, event: (event: LogEvent, format: LogFormat) => void): Promise<void> {
  const reading = { lines: 0, events: 0, bytes: 0, testObject: false };
  await readObject(object(bytes), { event, bad: () => undefined }, reading, { signal: new AbortController().signal });
}
