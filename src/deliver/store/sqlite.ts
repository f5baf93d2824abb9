import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { makeFolder } from '../../base/make-folder.ts';
import type { Alert } from '../../alert/alert.ts';
import type { Clock } from '../../base/clock.ts';
import { makePrivate } from '../../base/private-file.ts';
import { AlertLog, type JournalPlace } from './alert-log.ts';
import type {
  AlertReader,
  AlertStore,
  Appended,
  Durability,
  ReaderCommit,
  Retained,
  Retention,
} from './alert-store.ts';
import { Cursors } from './cursors.ts';
import { GroupCommit } from './group-commit.ts';
import { createReader } from './reader.ts';
import { type AlertRecord, toRecord } from './record.ts';
import { purges, removeSome } from './retention.ts';
import { prepare } from './schema.ts';
import { storeError } from './sqlite-error.ts';
import { SqliteView } from './sqlite-view.ts';

export interface SqliteStoreOptions {
  /** The file; its folder is made when missing. Several processes may open the same one. */
  readonly path: string;
  readonly clock: Clock;
  /** At the latest so long after a `written` append the disk is synced. Default 100. */
  readonly syncEveryMs?: number;
  /** How often other processes' appends are looked for. Default 250. */
  readonly pollMs?: number;
  /** The file never grows past this; appends reject then. Default: no limit but the disk. */
  readonly maxBytes?: number;
  /** Called after each transaction that went through. */
  readonly committed?: () => void;
  /** In place of fdatasync; tests of power cuts and broken disks. */
  readonly sync?: (walFd: number) => Promise<void>;
}

/**
 * Of new files; older ones keep SQLite's 4 KiB. A page goes to the WAL whole, with two system calls: with pages of 8 KiB the
 * store's thread took 10.3 µs for an alert of a batch instead of 12.3. With 16 it was 9.7, but the commit of a single alert
 * writes three pages and more.
 */
const newPageBytes = 8_192;
/** A checkpoint writes and syncs what changed since the last: fewer, larger ones write less. */
const checkpointBytes = 16 * 1024 * 1024;

/** Opens the store, making it when there is none. Throws an error that says what to do; never changes a file that is not ours. */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  let db: DatabaseSync | undefined;
  try {
    makeFolder(dirname(options.path));
    makePrivate(options.path);
    // 5 s: another process's commit takes milliseconds, its checkpoint on a busy disk a second or two.
    db = new DatabaseSync(options.path, { timeout: 5000 });
    db.exec(`PRAGMA page_size = ${newPageBytes}`);
    db.exec('PRAGMA journal_mode = WAL');
    const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
    // NORMAL: a commit is written, not synced. GroupCommit syncs the WAL itself, beside the event loop.
    db.exec('PRAGMA synchronous = NORMAL');
    db.exec('PRAGMA cache_size = -8192');
    db.exec(`PRAGMA wal_autocheckpoint = ${checkpointBytes / pageBytes}`);
    prepare(db);
    // After `prepare`: bringing an older file up takes its size again for a moment.
    if (options.maxBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.ceil(options.maxBytes / pageBytes)}`);
    const folder = openSync(dirname(options.path), 'r');
    fsyncSync(folder);
    closeSync(folder);
    // The WAL stays the same file for as long as we have the database open: only its last closer deletes it.
    return new SqliteStore(options, db, openSync(`${options.path}-wal`, 'r+'));
  } catch (error) {
    db?.close();
    throw storeError('open', options.path, error);
  }
}

/** The store for one thread, which reads and writes the file itself. */
export class SqliteStore extends SqliteView implements AlertStore {
  readonly #walFd: number;
  readonly #group: GroupCommit;
  readonly #log: AlertLog;
  readonly #cursors: Cursors;

  constructor(
    { path, clock, syncEveryMs = 100, pollMs = 250, sync = fdatasyncOf, committed }: SqliteStoreOptions,
    db: DatabaseSync,
    walFd: number,
  ) {
    super(db, clock, pollMs);
    this.#walFd = walFd;
    const log = new AlertLog(db);
    this.#log = log;
    this.#cursors = new Cursors(db);
    this.#group = new GroupCommit({
      db,
      clock,
      sync: () => sync(walFd),
      syncEveryMs,
      explain: (error) => storeError('write to', path, error),
      finish: () => log.finish(),
      undone: () => log.undone(),
      committed: () => {
        this.wake();
        committed?.();
      },
    });
  }

  append(alerts: readonly Alert[], durability: Durability): Promise<readonly Appended[]> {
    const now = this.clock.now();
    return this.appendRecords(
      alerts.map((alert) => toRecord(alert, now)),
      durability,
    );
  }

  async appendRecords(records: readonly AlertRecord[], durability: Durability): Promise<readonly Appended[]> {
    let result: Appended[] = [];
    await this.#group.write(() => {
      result = records.map((record) => this.#log.append(record));
    }, durability);
    return result;
  }

  /** Takes records of the journal over, and that they came up to there, together. */
  move(records: readonly AlertRecord[], to: JournalPlace, durability: Durability): Promise<void> {
    return this.#group.write(() => {
      for (const record of records) this.#log.append(record);
      this.#log.moveTo(to);
    }, durability);
  }

  /** Up to where the journal was taken over. */
  moved(): JournalPlace {
    return this.#log.moved();
  }

  /** Nothing waits on the way: what is appended can be read at once. */
  settled(): Promise<void> {
    return Promise.resolve();
  }

  commitReader(name: string, commit: ReaderCommit, durability: Durability): Promise<void> {
    return this.#group.write(() => this.#cursors.commit(name, commit, this.clock.now()), durability);
  }

  reader(name: string): AlertReader {
    return createReader(name, {
      db: this.db,
      commit: (reader, commit, durability) => this.commitReader(reader, commit, durability),
      changed: (signal) => this.changed(signal),
    });
  }

  removeReader(name: string): Promise<void> {
    return this.#group.write(() => this.#cursors.remove(name), 'synced');
  }

  async replay(output?: string, letters?: readonly number[]): Promise<number> {
    let replayed = 0;
    await this.#group.write(() => {
      const mark = (where: string, ...values: (string | number)[]): void => {
        replayed += Number(this.db.prepare(`UPDATE dead SET replay = 1 WHERE ${where}`).run(...values).changes);
      };
      replayed = 0;
      const [ofOutput, names] = output === undefined ? ['TRUE', []] : ['output = ?', [output]];
      if (letters === undefined) mark(ofOutput, ...names);
      else for (const letter of letters) mark(`${ofOutput} AND letter = ?`, ...names, letter);
    }, 'synced');
    return replayed;
  }

  async retain(retention: Retention): Promise<Retained> {
    const undelivered: Record<string, number> = {};
    let removed = 0;
    for (;;) {
      let some = 0;
      await this.#group.write(() => {
        some = removeSome(this.db, retention, this.clock.now(), undelivered);
      }, 'written');
      if (some === 0) break;
      removed += some;
    }
    for (const purge of purges(this.db)) await this.#group.write(purge, 'written');
    return { removed, undelivered };
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    this.wake();
    await this.#group.close();
    closeSync(this.#walFd);
    this.db.close();
  }
}

const fdatasyncOf = promisify(fdatasync);
