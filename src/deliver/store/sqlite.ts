import { closeSync, fdatasync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Alert } from '../../alert/alert.ts';
import type { Clock } from '../../base/clock.ts';
import type {
  AlertQuery,
  AlertReader,
  AlertStore,
  Appended,
  DeadLetter,
  Durability,
  Retained,
  Retention,
  StoredAlert,
  StoreStats,
} from './alert-store.ts';
import { GroupCommit } from './group-commit.ts';
import { count, letterOf, selectAlerts, storedAlert } from './queries.ts';
import { createReader } from './reader.ts';
import { removeSome } from './retention.ts';
import { idKey, toRow } from './row.ts';
import { prepare } from './schema.ts';
import { storeError } from './sqlite-error.ts';

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
  /** In place of fdatasync; tests of power cuts and broken disks. */
  readonly sync?: (walFd: number) => Promise<void>;
}

const pageBytes = 4096;

/** Opens the store, making it when there is none. Throws an error that says what to do; never changes a file that is not ours. */
export function openSqliteStore(options: SqliteStoreOptions): AlertStore {
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(options.path), { recursive: true });
    // 5 s: another process's commit takes milliseconds, its checkpoint on a busy disk a second or two.
    db = new DatabaseSync(options.path, { timeout: 5000 });
    db.exec('PRAGMA journal_mode = WAL');
    // NORMAL: a commit is written, not synced. GroupCommit syncs the WAL itself, beside the event loop.
    db.exec('PRAGMA synchronous = NORMAL');
    db.exec('PRAGMA cache_size = -16384');
    // Every checkpoint writes the pages of the ids' index that were touched since the last: fewer, larger ones write less.
    db.exec('PRAGMA wal_autocheckpoint = 4000');
    if (options.maxBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.ceil(options.maxBytes / pageBytes)}`);
    prepare(db);
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

class SqliteStore implements AlertStore {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #walFd: number;
  readonly #pollMs: number;
  readonly #group: GroupCommit;
  readonly #explain: (error: unknown) => Error;
  readonly #insert;
  readonly #waiting = new Set<() => void>();
  #dbVersion = 0;
  #polling = false;
  readonly #closing = new AbortController();

  constructor(
    { path, clock, syncEveryMs = 100, pollMs = 250, sync = fdatasyncOf }: SqliteStoreOptions,
    db: DatabaseSync,
    walFd: number,
  ) {
    this.#db = db;
    this.#clock = clock;
    this.#walFd = walFd;
    this.#pollMs = pollMs;
    this.#explain = (error) => storeError('write to', path, error);
    this.#insert = db.prepare(
      'INSERT INTO alerts (id, arrived_ms, time_ms, rule, priority, source, client_address, bytes, alert, received) VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING',
    );
    const committed = (): void => this.#wake();
    this.#group = new GroupCommit({
      db,
      clock,
      sync: () => sync(walFd),
      syncEveryMs,
      explain: this.#explain,
      committed,
    });
  }

  async append(alerts: readonly Alert[], durability: Durability): Promise<readonly Appended[]> {
    const now = this.#clock.now();
    const rows = alerts.map((alert) => toRow(alert, now));
    let result: Appended[] = [];
    await this.#group.write(() => {
      result = rows.map((row) => {
        const { changes } = this.#insert.run(
          row.id,
          now,
          row.timeMs,
          row.rule,
          row.priority,
          row.source,
          row.clientAddress,
          row.bytes,
          row.alert,
          row.received,
        );
        return changes === 0 ? 'repeated' : 'added';
      });
    }, durability);
    return result;
  }

  reader(name: string): AlertReader {
    return createReader(name, {
      db: this.#db,
      write: (apply, durability) => this.#group.write(apply, durability),
      changed: (signal) => this.#changed(signal),
      now: () => this.#clock.now(),
    });
  }

  removeReader(name: string): Promise<void> {
    return this.#group.write(() => {
      this.#db.prepare('DELETE FROM cursors WHERE reader = ?').run(name);
      this.#db.prepare('DELETE FROM notes WHERE reader = ?').run(name);
    }, 'synced');
  }

  get(id: string): StoredAlert | undefined {
    const row = this.#db.prepare('SELECT position, alert, received FROM alerts WHERE id = ?').get(idKey(id));
    return row === undefined ? undefined : storedAlert(row);
  }

  recent(max: number): readonly StoredAlert[] {
    return this.query({ max });
  }

  query(query: AlertQuery): readonly StoredAlert[] {
    return selectAlerts(this.#db, query);
  }

  arrivedAfter(position: number): number | undefined {
    const row = this.#db
      .prepare('SELECT arrived_ms FROM alerts WHERE position > ? ORDER BY position LIMIT 1')
      .get(position);
    return row === undefined ? undefined : Number(row['arrived_ms']);
  }

  countAfter(position: number): number {
    const row = this.#db.prepare('SELECT count(*) AS n FROM alerts WHERE position > ?').get(position);
    return Number(row?.['n']);
  }

  deadLetters(max: number, output?: string): readonly DeadLetter[] {
    const where = output === undefined ? '' : 'WHERE output = ?';
    const rows = this.#db.prepare(`SELECT * FROM dead ${where} ORDER BY letter DESC LIMIT ?`);
    return (output === undefined ? rows.all(max) : rows.all(output, max)).map(letterOf);
  }

  async replay(output?: string, letters?: readonly number[]): Promise<number> {
    let replayed = 0;
    await this.#group.write(() => {
      const mark = (where: string, ...values: (string | number)[]): void => {
        replayed += Number(this.#db.prepare(`UPDATE dead SET replay = 1 WHERE ${where}`).run(...values).changes);
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
        some = removeSome(this.#db, retention, this.#clock.now(), undelivered);
      }, 'written');
      if (some === 0) return { removed, undelivered };
      removed += some;
    }
  }

  stats(): StoreStats {
    // Not sqlite_sequence: a repeat that is not stored uses up a number there.
    const last = this.#db.prepare('SELECT max(position) AS position FROM alerts').get();
    const cursors = this.#db.prepare('SELECT reader, position FROM cursors').all();
    return {
      alerts: count(this.#db, 'alerts'),
      lastPosition: Number(last?.['position'] ?? 0),
      readers: Object.fromEntries(cursors.map((row) => [String(row['reader']), Number(row['position'])])),
      dead: count(this.#db, 'dead'),
    };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#wake();
    await this.#group.close();
    closeSync(this.#walFd);
    this.#db.close();
  }

  /** Resolves when there may be something new, in this process or another, or when the signal is aborted. */
  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#closing.signal.aborted) return resolve();
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      if (!this.#polling) void this.#poll();
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** `data_version` changes when another connection has committed (sqlite.org/pragma.html). */
  async #poll(): Promise<void> {
    this.#polling = true;
    while (this.#waiting.size > 0 && !this.#closing.signal.aborted) {
      try {
        const version = Number(this.#db.prepare('PRAGMA data_version').get()?.['data_version']);
        if (version !== this.#dbVersion) this.#wake();
        this.#dbVersion = version;
      } catch {
        // What is wrong with the file, the readers find out and say when they read.
        this.#wake();
      }
      await this.#clock.sleep(this.#pollMs, this.#closing.signal);
    }
    this.#polling = false;
  }
}

const fdatasyncOf = promisify(fdatasync);
