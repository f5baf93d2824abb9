import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/base/clock.ts';
import type { AlertStore } from '../../src/deliver/store/alert-store.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import type { AlertFilter } from '../../src/triage/filter.ts';
import { neighboursOf } from '../../src/triage/detail.ts';
import type { Triage } from '../../src/triage/triage.ts';
import { openServiceStore } from '../../src/open-store.ts';
import { openTriageThread } from '../../src/open-triage.ts';
import { benchAlerts } from './triage-alerts.ts';

const rounds = 15;

/**
 * How fast triage's views answer over a full store (`npm run bench -- triage [ALERTS=1000000]`), asked from the main thread
 * as the HTTP service asks them, unfiltered and filtered; how fast the projection follows, what it takes, and what it costs
 * the intake.
 */
export async function run([asked = 'ALERTS=1000000']: readonly string[]): Promise<void> {
  const count = Number(asked.replace(/^ALERTS=/, ''));
  const folder = mkdtempSync(join(tmpdir(), 'bench-triage-'));
  try {
    console.log(
      `${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.versions.node}, ${count.toLocaleString('en')} alerts`,
    );
    const storePath = join(folder, 'alerts.db');
    const store = openSqliteStore({ path: storePath, clock: systemClock });
    const filling = stopwatch();
    for (let from = 0; from < count; from += 5_000)
      await store.append(benchAlerts(Math.min(5_000, count - from), from, count), 'written');
    console.log(`store filled in ${filling()}, ${megabytes(statSync(storePath).size)}`);
    const path = join(folder, 'triage.db');

    const before = process.memoryUsage().rss;
    let triage = openTriageThread({ storePath, path }, systemClock);
    const following = stopwatch();
    const cpu = process.cpuUsage();
    await reached(triage, store.stats().lastPosition);
    const { user, system } = process.cpuUsage(cpu);
    console.log(
      `projection built in ${following()} (${Math.round((user + system) / count)} µs CPU an alert), triage.db ${megabytes(statSync(path).size)}`,
    );
    await triage.close();
    triage = openTriageThread({ storePath, path }, systemClock);
    const starting = stopwatch();
    await reached(triage, store.stats().lastPosition);
    console.log(`at the next start it is there in ${starting()}`);
    console.log(
      `memory: ${megabytes(before)} before, ${megabytes(process.memoryUsage().rss)} with the projection (RSS, with the store and this benchmark)\n`,
    );

    await measure(triage, store);
    console.log(`\nmemory after it: ${megabytes(process.memoryUsage().rss)} RSS`);
    explain(storePath, path);
    await triage.close();
    console.log('\nstore, 100 alerts a batch, written before the answer');
    await intake(folder, Math.min(20_000, count), 5);
    await intake(folder, Math.min(200_000, count), 3);
    await store.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const lastDay = Date.parse('2026-11-18T00:00:00Z');
const filters: Readonly<Record<string, AlertFilter>> = {
  'no filter': {},
  'last day': { since: lastDay },
  'rule, priority': { rule: ['Bench Rule 7'], priority: ['Error', 'Critical', 'Warning'] },
  CIDR: { ip: ['20.0.0.0/8'] },
  'country, tag': { country: ['DE', 'CN'], tag: ['scanner'] },
  path: { path: ['/admin/admin/0'] },
  'status new': { status: ['new'] },
  'q: frequent words': { q: ['sqlmap admin'] },
  'q: a word of every alert': { q: ['shop.example'] },
  'q: rare': { q: ['T1507 cart/xmlrpc'] },
};

async function measure(triage: Triage, store: AlertStore): Promise<void> {
  console.log(
    `| filter | matches | alerts | groups | stats | (median / p95 ms of ${rounds}) |\n|---|---:|---:|---:|---:|---|`,
  );
  for (const [name, filter] of Object.entries(filters)) {
    const { total } = await triage.stats(filter);
    const cells = [
      await timed(() => triage.alerts(filter, { limit: 100 })),
      await timed(() => triage.groups(filter, { limit: 50 })),
      await timed(() => triage.stats(filter)),
    ];
    console.log(`| ${name} | ${total.toLocaleString('en')} | ${cells.join(' | ')} | |`);
  }
  for (const [name, filter] of [
    ['by event time', {}],
    ['by event time, rule', { rule: ['Bench Rule 7'] }],
  ] satisfies [string, AlertFilter][]) {
    const order = 'time';
    console.log(
      `| ${name} | | ${await timed(() => triage.alerts(filter, { limit: 100, order }))} | ${await timed(() => triage.groups(filter, { limit: 50, order }))} | | |`,
    );
  }
  const { alerts } = await triage.alerts({}, { limit: 100 });
  const ids = alerts.map(({ id }) => id);
  const deep = await triage.alerts({}, { limit: 100, cursor: String(Math.floor(store.stats().lastPosition / 2)) });
  const of = (n: number): string => ids[n % ids.length] ?? '';
  console.log(
    `| page from the middle | | ${await timed(() => triage.alerts({}, { limit: 100, cursor: String(deep.alerts[0]?.position) }))} | | | |`,
  );
  console.log(`| one alert | | ${await timed((n) => triage.find(of(n)))} | | | |`);
  console.log(
    `| neighbours, by client and path | | ${await timed((n) => neighboursOf(of(n), { triage, alert: (id) => store.get(id) }))} | | | |`,
  );
  console.log(
    `| a decision, synced | | ${await timed((n) => triage.decide(of(n), 0, { status: 'investigating' }, 'bench'))} | | | |`,
  );
  const bulk = stopwatch();
  const { changed } = await triage.decideAll(
    { rule: ['Bench Rule 7'] },
    undefined,
    { status: 'false_positive' },
    'bench',
  );
  console.log(`| bulk of ${changed.toLocaleString('en')} | | ${bulk()} | | | |`);
}

/** What the SQL that is left does: every other part of a view is a scan of columns in memory. */
function explain(storePath: string, path: string): void {
  const statements: [string, string][] = [
    [storePath, 'SELECT position, alert, received FROM alerts WHERE position = 1'],
    [storePath, 'SELECT position FROM ids WHERE key = 1'],
    [storePath, 'SELECT position, alert, received FROM alerts WHERE position > 1 ORDER BY position LIMIT 500'],
    [path, `SELECT rowid FROM words WHERE words MATCH '"a"*' AND rowid > 0 ORDER BY rowid DESC LIMIT 9`],
    [path, "SELECT * FROM decisions WHERE id = ''"],
    [path, "SELECT * FROM history WHERE id = '' ORDER BY version"],
    [path, 'SELECT * FROM deliveries WHERE position = 1 ORDER BY output'],
  ];
  console.log('\nindexes');
  for (const [file, sql] of statements) {
    const db = new DatabaseSync(file, { readOnly: true });
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    console.log(`  ${sql}\n    ${plan.map((row) => String(row['detail'])).join('; ')}`);
    db.close();
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Alerts a second into a store of its own, with and without the projection following it, alternating. */
async function intake(folder: string, count: number, rounds: number): Promise<void> {
  const rates: { alone: number[]; followed: number[] } = { alone: [], followed: [] };
  const caughtUp: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? (['alone', 'followed'] as const) : (['followed', 'alone'] as const)) {
      const own = mkdtempSync(join(folder, 'intake-'));
      const storePath = join(own, 'alerts.db');
      const store = await openServiceStore({ path: storePath, clock: systemClock, notice: console.error });
      const triage =
        kind === 'followed' ? openTriageThread({ storePath, path: join(own, 'triage.db') }, systemClock) : undefined;
      await triage?.stats({});
      const alerts = benchAlerts(count);
      const startMs = performance.now();
      for (let from = 0; from < count; from += 100) await store.append(alerts.slice(from, from + 100), 'written');
      const endMs = performance.now();
      rates[kind].push(count / ((endMs - startMs) / 1000));
      if (triage !== undefined) {
        await reached(triage, store.stats().lastPosition);
        caughtUp.push((performance.now() - endMs) / 1000);
      }
      await triage?.close();
      await store.close();
      rmSync(own, { recursive: true });
    }
  }
  const [alone, followed] = [median(rates.alone), median(rates.followed)];
  console.log(
    `  ${count.toLocaleString('en')} at once: ${Math.round(alone).toLocaleString('en')} alerts/s alone, ${Math.round(followed).toLocaleString('en')} followed by the projection (${(followed / alone).toFixed(2)} ×), which has all of them ${median(caughtUp).toFixed(1)} s after the last`,
  );
}

async function reached(triage: Triage, position: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = triage.watch((news) => {
      if (news.position < position) return;
      stop();
      resolve();
    });
  });
}

async function timed(ask: (round: number) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    await ask(round);
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.min(rounds - 1, Math.floor(rounds * share))] ?? 0).toFixed(1);
  return `${at(0.5)} / ${at(0.95)}`;
}

function stopwatch(): () => string {
  const startMs = performance.now();
  return () => `${((performance.now() - startMs) / 1000).toFixed(2)} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}
