import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Progress } from './sources/source.ts';

/** The file in the state folder that progress and ledger.ts share. */
export const progressFile = 'progress.db';

/** With samples of 4 KB, 20 MB. */
const keptBuried = 5000;

/** Something that a source gave up for good. */
export interface Buried {
  readonly source: string;
  readonly name: string;
  readonly reason: string;
  readonly sample: string;
  readonly atMs: number;
}

/**
 * Keeps progress in one SQLite file. `synchronous = FULL`: a mark that `settle` returned from survives a power cut.
 * Several processes may share the file.
 */
export class SqliteProgress implements Progress {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #mark: StatementSync;
  readonly #forget: StatementSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 10_000 });
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS settled (
        source TEXT NOT NULL,
        object TEXT NOT NULL,
        version TEXT NOT NULL,
        PRIMARY KEY (source, object)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS buried (
        source TEXT NOT NULL,
        name TEXT NOT NULL,
        reason TEXT NOT NULL,
        sample TEXT NOT NULL,
        at_ms INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS gone (
        source TEXT NOT NULL,
        object TEXT NOT NULL,
        since_ms INTEGER NOT NULL,
        PRIMARY KEY (source, object)
      ) STRICT, WITHOUT ROWID`);
    this.#find = this.#database.prepare('SELECT version FROM settled WHERE source = ? AND object = ?');
    this.#mark = this.#database.prepare(
      'INSERT INTO settled VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version',
    );
    // TEXT compares byte by byte: the names that begin with a prefix stand together, after it and before prefix + U+10FFFF.
    this.#forget = this.#database.prepare(
      'DELETE FROM settled WHERE source = ? AND object > ? AND object < ? || char(0x10ffff)',
    );
  }

  settledVersion(source: string, object: string): string | undefined {
    const version = this.#find.get(source, object)?.['version'];
    return typeof version === 'string' ? version : undefined;
  }

  settle(source: string, object: string, version: string): void {
    this.#mark.run(source, object, version);
  }

  forget(source: string, prefix: string): void {
    this.#forget.run(source, prefix, prefix);
  }

  expire(source: string, prefix: string, there: ReadonlySet<string>, atMs: number, keptMs: number): void {
    const database = this.#database;
    const names = database.prepare(
      'SELECT object FROM settled WHERE source = ? AND object > ? AND object < ? || char(0x10ffff)',
    );
    const came = database.prepare('DELETE FROM gone WHERE source = ? AND object = ?');
    const went = database.prepare('INSERT INTO gone VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    // One transaction, for each is a write to the disk.
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const { object } of names.all(source, prefix, prefix)) {
        if (there.has(String(object))) came.run(source, String(object));
        else went.run(source, String(object), atMs);
      }
      const long = 'FROM gone WHERE source = ? AND since_ms <= ?';
      database
        .prepare(`DELETE FROM settled WHERE source = ? AND object IN (SELECT object ${long})`)
        .run(source, source, atMs - keptMs);
      database.prepare(`DELETE ${long}`).run(source, atMs - keptMs);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Writes down what a source gave up for good; the newest 5,000 are kept. On disk when it returns. */
  bury(source: string, name: string, reason: string, sample: string, atMs: number): void {
    this.#database.prepare('INSERT INTO buried VALUES (?, ?, ?, ?, ?)').run(source, name, reason, sample, atMs);
    this.#database.prepare('DELETE FROM buried WHERE rowid <= (SELECT max(rowid) FROM buried) - ?').run(keptBuried);
  }

  /** What was given up, the newest first. */
  buried(max: number): readonly Buried[] {
    const rows = this.#database.prepare('SELECT * FROM buried ORDER BY rowid DESC LIMIT ?').all(max);
    return rows.map((row) => ({
      source: String(row['source']),
      name: String(row['name']),
      reason: String(row['reason']),
      sample: String(row['sample']),
      atMs: Number(row['at_ms']),
    }));
  }

  close(): void {
    this.#database.close();
  }
}
