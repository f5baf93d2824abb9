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
 * `npm run bench -- ingest [MB]`: what S3 costs. The same logs (MB decompressed, 300 by default) are read by
 * `elb-sidekick ingest --store` from a folder and from a bucket (fauxqs, in another process), alternating, the process's
 * memory measured every 100 ms; then the time from a notification to the stored alert is taken for objects of 1 MB.
 */
export async function run([megabytes = '300']: readonly string[]): Promise<void> {
  const [fauxqs] = emulatorKinds;
  if (fauxqs === undefined) throw new Error('no emulator');
  const folder = mkdtempSync(join(tmpdir(), 'bench-ingest-'));
  const aws = await fauxqs.start();
  const world = await makeAwsWorld(aws.endpoint);
  try {
    console.log(
      `${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}, S3 emulated on the same machine`,
    );
    const text = logText(25_000_000);
    const body = gzipSync(text, { level: 6 });
    const count = Math.max(1, Math.round((Number(megabytes) * 1e6) / text.length));
    const keys = Array.from({ length: count }, (_, number) => albKey({ random: `n${number}` }));
    for (const key of keys) {
      await world.put(key, body);
      const path = join(folder, 'logs', key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
    }
    const places = {
      folder: `{ name: logs, kind: file, paths: [logs] }`,
      bucket: `{ name: logs, kind: s3-list, bucket: ${world.bucket}, since: 2026-11-20, until: 2026-11-22, ${reach(aws.endpoint, world)} }`,
    };
    const results = { folder: [] as Measured[], bucket: [] as Measured[] };
    for (let round = 0; round < 3; round++) {
      for (const place of ['folder', 'bucket'] as const) results[place].push(await ingestFrom(folder, places[place]));
    }
    const total = (text.length * count) / 1e6;
    for (const [place, measured] of Object.entries(results)) {
      const { seconds, rssMiB } = median(measured);
      const [start = 0, end = 0] = [rssMiB[Math.floor(rssMiB.length / 3)], rssMiB.at(-1)];
      console.log(
        `${place}: ${Math.round(total)} MB in ${seconds.toFixed(2)} s, ${Math.round(total / seconds)} MB/s; RSS ${start} MiB after a third, ${end} at the end, ${Math.max(...rssMiB)} at most`,
      );
    }
    console.log(
      `bucket takes ${(median(results.bucket).seconds / median(results.folder).seconds).toFixed(2)} × the time of the folder (medians of 3)`,
    );
    await latency(aws.endpoint, world);
  } finally {
    world.close();
    await aws.stop();
    rmSync(folder, { recursive: true });
  }
}

function reach(endpoint: string, { region }: AwsWorld): string {
  return `endpoint: "${endpoint}", region: ${region}, path_style: true`;
}

/** Lines as varied as real ones: they pack 6 to 8 times. */
function logText(bytes: number): string {
  const random = randomFrom(1);
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
  readonly rssMiB: readonly number[];
}

let runs = 0;

async function ingestFrom(folder: string, source: string): Promise<Measured> {
  const own = join(folder, 'runs', String(++runs));
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'rules.yaml'), ruleFor503);
  const config = join(own, 'config.yaml');
  writeFileSync(
    config,
    `base_dir: ../..\nstate_dir: runs/${runs}/state\nrules_files: [runs/${runs}/rules.yaml]\nsources: [${source}]\n`,
  );
  const main = join(import.meta.dirname, '../../src/main.ts');
  const startedMs = performance.now();
  const child = spawn(process.execPath, [main, 'ingest', '--store', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const rssMiB: number[] = [];
  const sampler = setInterval(() => rssMiB.push(rssOf(child.pid)), 100);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(sampler);
  if (code !== 0) throw new Error(`ingest ended with ${code}: ${said.slice(-2000)}`);
  return { seconds: (performance.now() - startedMs) / 1000, rssMiB: rssMiB.filter((rss) => rss > 0) };
}

function rssOf(pid: number | undefined): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}

async function latency(endpoint: string, world: AwsWorld): Promise<void> {
  const text = logText(7_500_000);
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
    `notification → last alert of a ${(body.length / 1e6).toFixed(1)} MB object stored: median ${at(0.5)}, most ${at(1)} (${taken.length} objects, emulator in the same process)`,
  );
}

function median(measured: readonly Measured[]): Measured {
  const sorted = measured.toSorted((a, b) => a.seconds - b.seconds);
  return sorted[Math.floor(sorted.length / 2)] ?? { seconds: Number.NaN, rssMiB: [] };
}
