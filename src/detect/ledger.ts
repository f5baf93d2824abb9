/*
 * Beside the progress of sources, in the same file, for `elb-sidekick status`:
 *
 *   ledger     one row for each source: what it has read since the first start, and how far it said that it is behind
 *   flow       one row for each source: what it is at now
 *   unread     objects that failed and will come again; a row goes when its object is settled
 *   bad_lines  the newest samples
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { ObjectReport } from './detector.ts';

/** What one source has done since its first start. */
export interface SourceAccount {
  readonly source: string;
  readonly done: number;
  readonly givenUp: number;
  readonly lines: number;
  readonly badLines: number;
  /** The object last settled; empty before there was one. */
  readonly lastObject: string;
  readonly lastAtMs: number;
  /** As the source last told, at `toldAtMs`: objects (or messages) still to come, and the age of the oldest. */
  readonly waiting: number | undefined;
  readonly oldestMs: number | undefined;
  readonly toldAtMs: number | undefined;
  /** Objects being read, as of `flowAtMs`, which is absent before the first. After kill -9, what was being read then. */
  readonly inFlight: number;
  readonly flowAtMs: number | undefined;
  /** From the appearance of the object last read until its alerts were stored. */
  readonly lagMs: number | undefined;
  /** Days of logs that lay there already: how many were listed, of how many. */
  readonly backfill: { readonly days: number; readonly ofDays: number } | undefined;
}

export interface UnreadObject {
  readonly source: string;
  readonly object: string;
  readonly reason: string;
  readonly tries: number;
  readonly atMs: number;
}

export interface KeptBadLine {
  readonly source: string;
  readonly object: string;
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
  readonly start: string;
  readonly atMs: number;
}

const keptBadLines = 1000;
/** Messages that went to a dead-letter queue never settle their objects. */
const keptUnread = 10_000;
const unreadBetweenLooks = 100;
const maxBuriedInMind = 1000;

/** Several processes may share the file. Its methods throw when the file cannot be written or read. */
export class Ledger {
  readonly #database: DatabaseSync;
  /** Given up by their source while they were settled, the last try being told afterwards. */
  readonly #buried = new Set<string>();
  #unreadSinceLook = 0;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 10_000 });
    // NORMAL: nothing is waited for. A power cut may cost the last counts; no log line depends on them.
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS ledger (
        source TEXT PRIMARY KEY,
        done INTEGER NOT NULL DEFAULT 0,
        given_up INTEGER NOT NULL DEFAULT 0,
        lines INTEGER NOT NULL DEFAULT 0,
        bad_lines INTEGER NOT NULL DEFAULT 0,
        last_object TEXT NOT NULL DEFAULT '',
        last_at_ms INTEGER NOT NULL DEFAULT 0,
        waiting INTEGER,
        oldest_ms INTEGER,
        told_at_ms INTEGER
      ) STRICT;
      CREATE TABLE IF NOT EXISTS flow (
        source TEXT PRIMARY KEY,
        in_flight INTEGER NOT NULL DEFAULT 0,
        lag_ms INTEGER,
        days INTEGER,
        of_days INTEGER,
        at_ms INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS unread (
        source TEXT NOT NULL,
        object TEXT NOT NULL,
        reason TEXT NOT NULL,
        tries INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (source, object)
      ) STRICT;
      CREATE TABLE IF NOT EXISTS bad_lines (
        source TEXT NOT NULL,
        object TEXT NOT NULL,
        line INTEGER NOT NULL,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        start TEXT NOT NULL,
        at_ms INTEGER NOT NULL
      ) STRICT`);
  }

  /** What became of an object that a source offered. */
  ended(source: string, { object, outcome, lines, bad, badSamples }: ObjectReport, atMs: number): void {
    if (outcome.kind === 'retry') {
      if (this.#buried.delete(`${source}\n${object}`)) return;
      this.#run(
        `INSERT INTO unread VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE
         SET reason = excluded.reason, at_ms = excluded.at_ms, tries = tries + 1`,
        [source, object, outcome.cause.message, atMs],
      );
      this.#forgetOldUnread();
      return;
    }
    const badCount = [...bad.values()].reduce((sum, count) => sum + count, 0);
    const isDone = outcome.kind === 'done' ? 1 : 0;
    this.#run(
      `INSERT INTO ledger (source, done, given_up, lines, bad_lines, last_object, last_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET done = done + excluded.done, given_up = given_up + excluded.given_up, lines = lines + excluded.lines,
         bad_lines = bad_lines + excluded.bad_lines, last_object = excluded.last_object, last_at_ms = excluded.last_at_ms`,
      [source, isDone, 1 - isDone, lines, badCount, object, atMs],
    );
    this.#run('DELETE FROM unread WHERE source = ? AND object = ?', [source, object]);
    for (const { line, reason, detail, start } of badSamples) {
      this.#run('INSERT INTO bad_lines VALUES (?, ?, ?, ?, ?, ?, ?)', [
        source,
        object,
        line,
        reason,
        detail,
        start,
        atMs,
      ]);
    }
    if (badSamples.length > 0) {
      this.#run('DELETE FROM bad_lines WHERE rowid <= (SELECT max(rowid) FROM bad_lines) - ?', [keptBadLines]);
    }
  }

  /** A source gave up an object by itself, after so many tries: it will not come again. */
  buried(source: string, object: string): void {
    // Messages that cannot be understood are buried as well, and never offered.
    if (this.#buried.size >= maxBuriedInMind) this.#buried.clear();
    this.#buried.add(`${source}\n${object}`);
    this.#run('DELETE FROM unread WHERE source = ? AND object = ?', [source, object]);
  }

  /** How far a source says that it is behind. */
  behind(source: string, told: { readonly objects?: number; readonly ageMs?: number }, atMs: number): void {
    this.#run(
      `INSERT INTO ledger (source, waiting, oldest_ms, told_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET waiting = coalesce(excluded.waiting, waiting), oldest_ms = coalesce(excluded.oldest_ms, oldest_ms),
         told_at_ms = excluded.told_at_ms`,
      [source, told.objects ?? null, told.ageMs === undefined ? null : Math.round(told.ageMs), atMs],
    );
  }

  /** What a source is at: objects being read, and the lag of one that was just read. */
  flows(source: string, inFlight: number, lagMs: number | undefined, atMs: number): void {
    this.#run(
      `INSERT INTO flow (source, in_flight, lag_ms, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET in_flight = excluded.in_flight, lag_ms = coalesce(excluded.lag_ms, lag_ms), at_ms = excluded.at_ms`,
      [source, inFlight, lagMs === undefined ? null : Math.round(lagMs), atMs],
    );
  }

  /** How far a source is with what lay there already. */
  backfills(source: string, days: number, ofDays: number, atMs: number): void {
    this.#run(
      `INSERT INTO flow (source, days, of_days, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET days = excluded.days, of_days = excluded.of_days, at_ms = excluded.at_ms`,
      [source, days, ofDays, atMs],
    );
  }

  accounts(): readonly SourceAccount[] {
    return this.#database
      .prepare(
        `SELECT coalesce(ledger.source, flow.source) AS source, coalesce(done, 0) AS done, coalesce(given_up, 0) AS given_up,
           coalesce(lines, 0) AS lines, coalesce(bad_lines, 0) AS bad_lines, coalesce(last_object, '') AS last_object,
           coalesce(last_at_ms, 0) AS last_at_ms, waiting, oldest_ms, told_at_ms,
           coalesce(in_flight, 0) AS in_flight, lag_ms, days, of_days, at_ms
         FROM ledger FULL JOIN flow ON ledger.source = flow.source ORDER BY 1`,
      )
      .all()
      .map((row) => ({
        source: String(row['source']),
        done: Number(row['done']),
        givenUp: Number(row['given_up']),
        lines: Number(row['lines']),
        badLines: Number(row['bad_lines']),
        lastObject: String(row['last_object']),
        lastAtMs: Number(row['last_at_ms']),
        waiting: numberOf(row['waiting']),
        oldestMs: numberOf(row['oldest_ms']),
        toldAtMs: numberOf(row['told_at_ms']),
        inFlight: Number(row['in_flight']),
        flowAtMs: numberOf(row['at_ms']),
        lagMs: numberOf(row['lag_ms']),
        backfill:
          typeof row['days'] === 'number' && typeof row['of_days'] === 'number'
            ? { days: row['days'], ofDays: row['of_days'] }
            : undefined,
      }));
  }

  /** Objects that failed and will come again, the latest first. */
  unread(max: number): readonly UnreadObject[] {
    return this.#database
      .prepare('SELECT * FROM unread ORDER BY at_ms DESC, object LIMIT ?')
      .all(max)
      .map((row) => ({
        source: String(row['source']),
        object: String(row['object']),
        reason: String(row['reason']),
        tries: Number(row['tries']),
        atMs: Number(row['at_ms']),
      }));
  }

  /** Samples of bad lines, the newest first. */
  badLines(max: number): readonly KeptBadLine[] {
    return this.#database
      .prepare('SELECT * FROM bad_lines ORDER BY rowid DESC LIMIT ?')
      .all(max)
      .map((row) => ({
        source: String(row['source']),
        object: String(row['object']),
        line: Number(row['line']),
        reason: String(row['reason']),
        detail: String(row['detail']),
        start: String(row['start']),
        atMs: Number(row['at_ms']),
      }));
  }

  close(): void {
    this.#database.close();
  }

  #forgetOldUnread(): void {
    this.#unreadSinceLook++;
    if (this.#unreadSinceLook < unreadBetweenLooks) return;
    this.#unreadSinceLook = 0;
    this.#run('DELETE FROM unread WHERE at_ms < (SELECT at_ms FROM unread ORDER BY at_ms DESC LIMIT 1 OFFSET ?)', [
      keptUnread - 1,
    ]);
  }

  #run(sql: string, values: readonly SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
