import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type App, startApp } from '../../src/app.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { parseConfig } from '../../src/config/config.ts';
import { readConfiguredRules } from '../../src/config/configured-rules.ts';
import type { RuleSet } from '../../src/detect/rules/engine.ts';
import { albLine } from '../support/alb-line.ts';
import { ruleFor503 } from '../support/ingest-app.ts';

/** Rules that must not be run on this thread. */
const untouchable: Pick<RuleSet, 'engine'> = {
  engine: () => {
    throw new Error('the rules were run on the thread that serves HTTP');
  },
};

const numbered = ruleFor503.replace('%awselb.object', '%awselb.object %awselb.line');

let folder: string;
let app: App | undefined;
let log: string[];
let threads: Worker[];
let breakNext = false;
/** The store and triage have threads of their own. */
const note = (worker: Worker): void => {
  if (worker.threadName !== 'judge') return;
  threads.push(worker);
  if (breakNext) void worker.terminate();
  breakNext = false;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'judging-threads-'));
  log = [];
  threads = [];
  process.on('worker', note);
});
afterEach(async () => {
  process.off('worker', note);
  await app?.stop();
  app = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** The service with one source, its rules for threads alone; `lines` is standard input. */
async function start(source: string, lines?: () => AsyncIterable<Uint8Array>, rules = numbered): Promise<App> {
  writeFileSync(join(folder, 'rules.yaml'), rules);
  const config = parseConfig(
    `listen: { port: 0 }\nrules_files: [rules.yaml]\nsources: [${source}]\noutputs: []\n`,
    join(folder, 'config.yaml'),
    {},
  );
  const read = await readConfiguredRules(config.rules, { cwd: folder, hostname: 'test' });
  app = await startApp(
    config,
    { service: true, ingest: { rules: untouchable as RuleSet, read } },
    {
      clock: systemClock,
      log: createLog({ level: 'warning', readable: true, write: (line) => log.push(line), now: () => 0 }),
      version: 'test',
      write: () => Promise.resolve(),
      stdin: lines ?? async function* () {},
    },
  );
  return app;
}

const stored = (): number => app?.store?.stats().alerts ?? 0;

describe('run', () => {
  it('judges on another thread, and answers over HTTP while an object is being judged', async () => {
    const more = Promise.withResolvers<void>();
    const { url, ingested } = await start('{ kind: file, paths: ["-"] }', async function* () {
      yield Buffer.from(`${albLine({ status: 503 })}\n`.repeat(2000));
      await more.promise;
      yield Buffer.from(`${albLine({ status: 503 })}\n`);
    });
    await expect.poll(stored, { timeout: 50_000 }).toBeGreaterThan(0);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/objects_in_flight\{source="file"\} 1/);
    more.resolve();
    expect(await ingested).toEqual({ givenUp: 0, unread: 0, failedSources: 0 });
    expect(stored()).toBe(2001);
    expect(threads).toHaveLength(1);
    const lines = app?.store?.recent(3000).map(({ alert }) => alert.fields['awselb.line']) ?? [];
    expect(lines.toReversed().map(Number)).toEqual(Array.from({ length: 2001 }, (_, line) => line + 1));
  });

  it('says loudly that a thread broke, starts another, and reads the object again', async () => {
    writeFileSync(join(folder, 'a.log'), `${albLine({ status: 503 })}\n`.repeat(10));
    breakNext = true;
    const { url } = await start('{ kind: file, paths: [a.log], watch: true, poll_interval: 1s }');
    await expect.poll(stored, { timeout: 50_000 }).toBe(10);
    expect(threads).toHaveLength(2);
    expect(log.join('')).toContain('A thread that runs the rules broke; another takes its place');
    expect(log.join('')).toMatch(/a\.log.*a detecting thread broke/);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/judge_threads_broken_total 1/);
  });

  it('reads nothing, and says why, when the rules do not load on the thread', async () => {
    writeFileSync(join(folder, 'a.log'), `${albLine({ status: 503 })}\n`);
    const { ingested } = await start('{ kind: file, paths: [a.log] }', undefined, 'no list');
    expect(await ingested).toEqual({ givenUp: 0, unread: 1, failedSources: 0 });
    expect(log.join('')).toContain('rules that loaded on the main thread do not load here');
  });
});
