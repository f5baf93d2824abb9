import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { EventFrames } from '../../src/detect/event-frames.ts';
import { FalcoFeed } from '../../src/detect/falco-feed.ts';
import { postEvents } from '../../src/detect/feed-sender.ts';
import { eventRecord } from '../../src/detect/formats/event-record.ts';
import type { EventVisitor } from '../../src/detect/read-object.ts';
import { readObject } from '../../src/detect/read-object.ts';
import type { LogObject } from '../../src/detect/sources/source.ts';
import { objectOf } from '../support/log-objects.ts';
import { sampleObjects } from '../support/samples/hour.ts';

const drain = join(import.meta.dirname, '../../falco-plugin/target/release/examples/drain');
const name =
  'AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/09/15/111122223333_elasticloadbalancing_eu-central-1_app.shop-prod.8f3b1c2d4e5f6071_20260915T1805Z_203.0.113.17_6d0f7b58.log';
const lineCount = 200_000;
const chunkBytes = 64 * 1024;
const rounds = 5;
const batchBytes = 1 << 20;

/**
 * How fast lines reach Falco: reading and parsing alone, the same with every event written as JSON, the same as the feed
 * writes it (event-frames.ts), and all the way through the plugin to its `next_batch` (a host that takes events and runs no
 * rules, in its own process; a batch counts once it was answered with 200). One feed, one thread of Node. Each case takes
 * its turn in every round; medians. Wall-clock time, and the CPU time of this process.
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
      'read and parse': () => visit(bytes, { event: () => undefined }),
      'and write JSON': () =>
        visit(bytes, { event: (event, format) => written(JSON.stringify(eventRecord(event, format)).length) }),
      'and write frames': () => {
        const frames = new EventFrames(2 * batchBytes);
        return visit(bytes, {
          take: (...line) => frames.line(...line),
          event: (event, format) => frames.event(event, format),
          blockEnd: () => {
            if (frames.size > batchBytes) written(frames.take().length);
            return undefined;
          },
        });
      },
      'and to next_batch': async () => {
        // Not the object of an earlier round, whose events Falco has taken: they would be recognised and not handed on.
        const { outcome } = await feed.read(object(bytes, `${name}.${round}`), signal);
        if (outcome.kind !== 'done') throw outcome.cause;
      },
    };
    const taken = new Map<string, { ms: number; cpuMs: number }[]>();
    let round = 0;
    for (; round < rounds; round++) {
      for (const [what, work] of Object.entries(cases)) {
        const startMs = performance.now();
        const cpu = process.cpuUsage();
        await work();
        const { user, system } = process.cpuUsage(cpu);
        const spent = { ms: performance.now() - startMs, cpuMs: (user + system) / 1000 };
        taken.set(what, [...(taken.get(what) ?? []), spent]);
      }
    }
    console.log(`${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}`);
    console.log(`${lineCount} ALB lines of ${Math.round(bytes.length / lineCount)} bytes, medians of ${rounds}`);
    for (const [what, spent] of taken) {
      const ms = median(spent.map((each) => each.ms));
      const cpuMs = median(spent.map((each) => each.cpuMs));
      const perSecond = Math.round(lineCount / ms);
      const cpuMicros = ((1000 * cpuMs) / lineCount).toFixed(1);
      console.log(
        `${what.padEnd(20)} ${String(perSecond).padStart(5)} k events/s, ${cpuMicros.padStart(5)} µs CPU each`,
      );
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

function object(bytes: Buffer, named = name): LogObject {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  return objectOf(named, ...chunks);
}

/** What is written and not sent; counted, so that writing it is not left out. */
let writtenBytes = 0;
function written(bytes: number): void {
  writtenBytes += bytes;
}

async function visit(bytes: Buffer, visitor: Pick<EventVisitor, 'event'> & Partial<EventVisitor>): Promise<void> {
  const reading = { lines: 0, events: 0, bytes: 0, testObject: false };
  const signal = new AbortController().signal;
  await readObject(object(bytes), { bad: () => undefined, ...visitor }, reading, { signal });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
