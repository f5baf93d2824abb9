import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { systemClock } from '../../src/base/clock.ts';
import { randomFrom } from '../chaos/fleet.ts';
import { albLine } from '../support/alb-line.ts';
import { emulatorKinds } from '../support/aws-emulator.ts';
import { type AwsWorld, albKey, makeAwsWorld } from '../support/aws-world.ts';
import { ruleFor503, startIngestApp } from '../support/ingest-app.ts';

/**
 * `npm run bench -- ingest [MB]`: what S3 costs, and whether memory stays flat. MB (300 by default) of logs, decompressed, in
 * objects of 25 MB:
 *
 * 1. up to 600 MB of them are read by whole commands in turn, three rounds, each counted with its best one: `scan` and
 *    `ingest --store`, each from a folder and from a bucket (fauxqs, in this process), with our own rules and with one;
 * 2. all of them are read once from the bucket by `ingest --store`, its memory looked at every 100 ms;
 * 3. the time from a notification to the stored alert is taken for objects of 1 MB.
 */
export async function run([megabytes = '300']: readonly string[]): Promise<void> {
  const [fauxqs] = emulatorKinds;
  if (fauxqs === undefined) throw new Error('no emulator');
  const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
  const aws = await fauxqs.start();
  const world = await makeAwsWorld(aws.endpoint);
  try {
    console.log(
      `${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}, S3 emulated on the same machine\n`,
    );
    const objectBytes = 25_000_000;
    // Those that are read side by side must not be alike: what is known of one's lines would be known of the others'.
    const bodies = Array.from({ length: 12 }, (_, seed) => gzipSync(logText(objectBytes, seed), { level: 6 }));
    const count = Math.max(1, Math.round((Number(megabytes) * 1e6) / objectBytes));
    const compared = Math.min(count, 24);
    for (let number = 0; number < count; number++) {
      const body = bodies[number % bodies.length] ?? Buffer.alloc(0);
      // The last hour of the day has what is compared, the hours before it the rest.
      const key = albKey({ at: number < compared ? '20261121T2300Z' : '20261121T0000Z', random: `n${number}` });
      await world.put(key, body);
      if (number >= compared) continue;
      const path = join(folder, 'logs', key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
    }
    console.log(
      `${(compared * objectBytes) / 1e6} MB of log, best of ${rounds} rounds, start of the process included:`,
    );
    const pack = readFileSync(join(import.meta.dirname, '../../rules/awselb_rules.yaml'), 'utf8');
    for (const [name, rules] of [
      ['our own rules', pack],
      ['one rule', ruleFor503],
    ] as const) {
      writeFileSync(join(folder, 'rules.yaml'), rules);
      await compare(name, { folder, endpoint: aws.endpoint, world }, (compared * objectBytes) / 1e6);
    }
    await memory({ folder, endpoint: aws.endpoint, world }, (count * objectBytes) / 1e6);
    await latency(aws.endpoint, world);
  } finally {
    world.close();
    await aws.stop();
    rmSync(folder, { recursive: true });
  }
}

interface Stage {
  readonly folder: string;
  readonly endpoint: string;
  readonly world: AwsWorld;
}

const rounds = 3;

/** `megabytes` of log, decompressed, are what is compared. */
async function compare(rules: string, { folder, endpoint, world }: Stage, megabytes: number): Promise<void> {
  const place = ['--endpoint-url', endpoint, '--region', world.region, '--since', '2026-11-21T22:00:00Z'];
  const bucket = `{ name: logs, kind: s3-list, bucket: ${world.bucket}, since: 2026-11-21T22:00:00Z, until: 2026-11-22, ${reach(endpoint, world)} }`;
  const scan = ['scan', '--rules', 'rules.yaml'];
  const cases = {
    'scan, folder': () => measured(folder, [...scan, 'logs']),
    'scan, bucket': () => measured(folder, [...scan, ...place, `s3://${world.bucket}`]),
    'ingest --store, folder': () => ingestFrom(folder, '{ name: logs, kind: file, paths: [logs] }'),
    'ingest --store, bucket': () => ingestFrom(folder, bucket),
  };
  const best = new Map<string, Measured>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, act] of Object.entries(cases)) {
      const now = await act();
      const before = best.get(name);
      if (before === undefined || now.seconds < before.seconds) best.set(name, now);
    }
  }
  const local = best.get('scan, folder')?.seconds ?? Number.NaN;
  console.log(
    `\n| ${rules} | s | CPU s | MB/s | against \`scan\` of the folder | peak RSS, MiB |\n|---|---|---|---|---|---|`,
  );
  for (const [name, { seconds, cpuSeconds, rssMiB }] of best) {
    const ratio = (seconds / local).toFixed(2);
    console.log(
      `| ${name} | ${seconds.toFixed(2)} | ${cpuSeconds.toFixed(1)} | ${Math.round(megabytes / seconds)} | ${ratio} × | ${Math.max(...rssMiB)} |`,
    );
  }
}

async function memory({ folder, endpoint, world }: Stage, megabytes: number): Promise<void> {
  const { seconds, rssMiB } = await ingestFrom(
    folder,
    `{ name: logs, kind: s3-list, bucket: ${world.bucket}, since: 2026-11-20, until: 2026-11-22, ${reach(endpoint, world)} }`,
  );
  const tenths = Array.from({ length: 10 }, (_, tenth) => tenth + 1);
  const at = (tenth: number): number => {
    const part = rssMiB.slice(Math.floor((rssMiB.length * (tenth - 1)) / 10), Math.ceil((rssMiB.length * tenth) / 10));
    return Math.max(...part);
  };
  console.log(
    `\n${Math.round(megabytes)} MB from the bucket in ${seconds.toFixed(1)} s, ${Math.round(megabytes / seconds)} MB/s; the most memory in each tenth of the time:\n`,
  );
  console.log(`| tenth | ${tenths.join(' | ')} |\n|---|${tenths.map(() => '---').join('|')}|`);
  console.log(`| RSS, MiB | ${tenths.map(at).join(' | ')} |\n`);
}

function reach(endpoint: string, { region }: AwsWorld): string {
  return `endpoint: "${endpoint}", region: ${region}, path_style: true`;
}

/** Lines as varied as real ones: they pack 6 to 8 times. */
function logText(bytes: number, seed = 1): string {
  const random = randomFrom(seed);
  const hex = (digits: number): string =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  const lines: string[] = [];
  for (let length = 0, number = 0; length < bytes; number++) {
    const client = `203.0.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`;
    const path = `/shop/${Array.from({ length: 12 }, () => hex(8)).join('/')}?id=${hex(6)}`;
    const line = albLine({ status: number % 1000 === 0 ? 503 : 200, client, path });
    lines.push(line);
    length += line.length + 1;
  }
  return `${lines.join('\n')}\n`;
}

interface Measured {
  readonly seconds: number;
  /** Of all threads, as of the last look. */
  readonly cpuSeconds: number;
  readonly rssMiB: readonly number[];
}

let runs = 0;

function ingestFrom(folder: string, source: string): Promise<Measured> {
  const own = join(folder, 'runs', String(++runs));
  mkdirSync(own, { recursive: true });
  const config = join(own, 'config.yaml');
  writeFileSync(
    config,
    `base_dir: ../..\nstate_dir: runs/${runs}/state\nrules_files: [rules.yaml]\nsources: [${source}]\n`,
  );
  return measured(folder, ['ingest', '--store', '--config', config]);
}

/** Runs a command to its end. */
async function measured(cwd: string, args: readonly string[]): Promise<Measured> {
  const main = join(import.meta.dirname, '../../src/main.ts');
  const startedMs = performance.now();
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const rssMiB: number[] = [];
  let cpuSeconds = 0;
  const sampler = setInterval(() => {
    rssMiB.push(rssOf(child.pid));
    cpuSeconds = Math.max(cpuSeconds, cpuOf(child.pid));
  }, 100);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(sampler);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${said}`);
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds, rssMiB: rssMiB.filter((rss) => rss > 0) };
}

function rssOf(pid: number | undefined): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** User and system time, in ticks of 10 ms behind the name in parentheses (proc_pid_stat(5)). */
function cpuOf(pid: number | undefined): number {
  try {
    const behindName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '';
    const fields = behindName.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

async function latency(endpoint: string, world: AwsWorld): Promise<void> {
  const text = logText(9_000_000);
  const body = gzipSync(text);
  const ingest = await startIngestApp(
    `sources: [{ name: logs, kind: s3-sqs, queue_url: "${world.queueUrl}", ${reach(endpoint, world)} }]\n`,
  );
  const perObject = text.split('\n').filter((line) => line.includes(' 503 503 ')).length;
  const taken: number[] = [];
  try {
    for (let number = 0; number < 15; number++) {
      const key = albKey({ random: `late${number}` });
      await world.put(key, body);
      const startedMs = performance.now();
      await world.notify(key, body.length);
      while ((ingest.app.store?.stats().alerts ?? 0) < perObject * (number + 1)) await systemClock.sleep(5);
      taken.push(performance.now() - startedMs);
    }
  } finally {
    await ingest.stop();
  }
  taken.sort((a, b) => a - b);
  const at = (share: number): string => `${Math.round(taken[Math.floor(share * (taken.length - 1))] ?? 0)} ms`;
  console.log(
    `notification → last alert of a ${(body.length / 1e6).toFixed(1)} MB object stored: median ${at(0.5)}, most ${at(1)} (${taken.length} objects; emulator and ingest in one process)`,
  );
}
