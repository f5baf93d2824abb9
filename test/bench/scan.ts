/**
 * `npm run bench -- scan [LINES]`: are attacks found faster than gzip unpacks? Writes one object of LINES (default 1,000,000)
 * ALB lines, the mix of the samples with fresh times, ports and trace ids, then runs whole commands in turn, three
 * rounds, and counts each with its best one: compare the ratios, the machine is shared.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  createWriteStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { objectFacts } from '../../src/aws/object-name.ts';
import { sampleObjects } from '../support/samples/hour.ts';

const root = join(import.meta.dirname, '..', '..');
const rounds = 3;

interface Ran {
  readonly seconds: number;
  readonly peakMb: number;
}

interface Case {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** How many times the object is read by it. */
  readonly objects: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const lineCount = Number(args[0] ?? 1_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-bench-'));
  try {
    await measure(folder, lineCount);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(folder: string, lineCount: number): Promise<void> {
  const name =
    '111122223333_elasticloadbalancing_eu-central-1_app.shop-prod.8f3b1c2d4e5f6071_20260915T1805Z_203.0.113.17';
  const file = join(folder, `${name}_0bench01.log.gz`);
  const twin = join(folder, `${name}_0bench02.log.gz`);
  const unpacked = await writeObject(file, lineCount);
  symlinkSync(file, twin);
  const oneRule = join(folder, 'one.yaml');
  writeFileSync(oneRule, onlyOneRule);

  // As `npm ci` left it.
  execFileSync(process.execPath, [join(root, 'bin/build.mjs')], { stdio: 'inherit' });
  const scan = [join(root, 'bin/elb-sidekick.mjs'), 'scan', '--format', 'text'];
  const cases: readonly Case[] = [
    { name: 'gzip -dc', command: 'gzip', args: ['-dc', file], objects: 1 },
    {
      name: 'Node gunzip and split into lines',
      command: 'node',
      args: [join(root, 'test/bench/split-lines.ts'), file],
      objects: 1,
    },
    {
      name: 'scan, one rule, one thread',
      command: 'node',
      args: [...scan, '--threads', '1', '--rules', oneRule, file],
      objects: 1,
    },
    { name: 'scan, whole pack, one thread', command: 'node', args: [...scan, '--threads', '1', file], objects: 1 },
    {
      name: 'scan, whole pack, two threads, two objects',
      command: 'node',
      args: [...scan, '--threads', '2', file, twin],
      objects: 2,
    },
  ];
  const best = new Map<Case, Ran>();
  for (let round = 0; round < rounds; round += 1) {
    for (const each of cases) {
      const ran = await once(each);
      const before = best.get(each);
      best.set(each, {
        seconds: Math.min(ran.seconds, before?.seconds ?? Infinity),
        peakMb: Math.max(ran.peakMb, before?.peakMb ?? 0),
      });
    }
  }
  const gzip = best.get(cases[0] as Case)?.seconds ?? Number.NaN;
  const shared = await sharingOfCores();
  console.log(
    `${lineCount.toLocaleString('en')} lines, ${(unpacked / 1e6).toFixed(0)} MB, ${(statSync(file).size / 1e6).toFixed(0)} MB gzipped, ` +
      `${Math.round(unpacked / lineCount)} bytes a line; Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}; best of ${rounds}\n`,
  );
  console.log('| command | s | against gzip -dc of as many objects | lines/s | peak RSS, MB |\n|---|---|---|---|---|');
  for (const each of cases) {
    const { seconds = Number.NaN, peakMb = Number.NaN } = best.get(each) ?? {};
    const ratio = seconds / (gzip * each.objects);
    const rate = Math.round((lineCount * each.objects) / seconds).toLocaleString('en');
    console.log(`| ${each.name} | ${seconds.toFixed(2)} | ${ratio.toFixed(2)} | ${rate} | ${peakMb.toFixed(0)} |`);
  }
  console.log(
    `\nTwo loops that only compute took ${shared.toFixed(2)} × as long side by side as one alone: with 1.0 two threads have two ` +
      'cores to themselves, with more they share one, with each other or with other machines. gzip hardly feels that: it waits for itself.',
  );
}

/** How much slower a busy loop is with another beside it; best of as many rounds. */
async function sharingOfCores(): Promise<number> {
  const loop: Case = { name: 'a loop', command: 'node', args: ['-e', busyLoop], objects: 0 };
  let alone = Infinity;
  let beside = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    alone = Math.min(alone, (await once(loop)).seconds);
    const both = await Promise.all([once(loop), once(loop)]);
    beside = Math.min(beside, Math.max(...both.map(({ seconds }) => seconds)));
  }
  return beside / alone;
}

/** Four sums that do not wait for each other: as many instructions at once as a core can do. */
const busyLoop =
  'let a = 1, b = 2, c = 3, d = 4; for (let i = 0; i < 6e8; i++) { a = (a ^ i) + 7 | 0; b = (b + i) ^ 3; c = (c - i) | 0; d = (d ^ i) - 1 | 0; } if (a + b + c + d === 0.5) throw a;';

/** Runs a command to its end with standard output to /dev/null. */
async function once({ name, command, args }: Case): Promise<Ran> {
  const started = performance.now();
  const child = spawn(command === 'node' ? process.execPath : command, args, {
    cwd: root,
    stdio: ['ignore', openSync('/dev/null', 'w'), 'pipe'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  let peakMb = 0;
  const watch = setInterval(() => {
    try {
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peakMb = Math.max(peakMb, Number(peak ?? 0) / 1000);
    } catch {
      // Already gone.
    }
  }, 20);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}: ${errors}`);
  return { seconds: (performance.now() - started) / 1000, peakMb };
}

/** The samples' ALB lines over and over, each time with other times, ports and ids, so that gzip finds no long repeats. Returns the unpacked size. */
async function writeObject(file: string, lineCount: number): Promise<number> {
  const templates = sampleObjects()
    .filter((object) => objectFacts(object.name).logType === 'alb')
    .flatMap((object) => object.lines.map(({ text }) => text));
  let size = 0;
  const started = Date.UTC(2026, 8, 15, 18);
  function* chunks(): Generator<string> {
    let chunk = '';
    for (let number = 0; number < lineCount; number += 1) {
      chunk += `${freshLine(templates[number % templates.length] ?? '', new Date(started + number))}\n`;
      if (chunk.length > 1 << 20) {
        size += Buffer.byteLength(chunk);
        yield chunk;
        chunk = '';
      }
    }
    size += Buffer.byteLength(chunk);
    yield chunk;
  }
  await pipeline(Readable.from(chunks()), createGzip({ level: 6 }), createWriteStream(file));
  return size;
}

function freshLine(line: string, time: Date): string {
  const ids = randomBytes(28).toString('hex');
  const port = 1024 + (Number.parseInt(ids.slice(0, 4), 16) % 64000);
  return line
    .replace(/ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}/, ` ${time.toISOString().slice(0, 23)}`)
    .replace(/:\d+ /, `:${port} `)
    .replace(/Root=1-([0-9a-f]{8})-[0-9a-f]{24}/, `Root=1-$1-${ids.slice(0, 24)}`)
    .replace(/TID_[0-9a-f]{32}/, `TID_${ids.slice(24, 56)}`);
}

const onlyOneRule = `- rule: One
  desc: One rule, to tell what a rule costs.
  condition: awselb.request_uri_decoded contains "/.git/"
  output: git asked for (client=%awselb.client_ip url=%awselb.request_url)
  priority: WARNING
  source: awselb
`;
