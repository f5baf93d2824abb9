import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../base/clock.ts';
import type { AlertQuery, AlertStore, DeadLetter, StoredAlert, StoreStats } from './alert-store.ts';
import { positionOf } from './id-index.ts';
import { alertColumns, countAfter, lastPosition, letterOf, selectAlerts, storedAlert } from './queries.ts';
import { idKey } from './record.ts';

type Reads = Pick<AlertStore, 'get' | 'recent' | 'query' | 'arrivedAfter' | 'countAfter' | 'deadLetters' | 'stats'>;

/** What can be asked of the file without writing, and who waits for it to change. */
export class SqliteView implements Reads {
  protected readonly db: DatabaseSync;
  protected readonly clock: Clock;
  protected readonly closing = new AbortController();
  readonly #pollMs: number;
  readonly #waiting = new Set<() => void>();
  #version = 0;
  #polling = false;

  constructor(db: DatabaseSync, clock: Clock, pollMs = 250) {
    this.db = db;
    this.clock = clock;
    this.#pollMs = pollMs;
  }

  get(id: string): StoredAlert | undefined {
    const position = positionOf(this.db, idKey(id));
    if (position === undefined) return undefined;
    const row = this.db.prepare(`SELECT ${alertColumns} FROM alerts WHERE position = ?`).get(position);
    return row === undefined ? undefined : storedAlert(row);
  }

  recent(max: number): readonly StoredAlert[] {
    return this.query({ max });
  }

  query(query: AlertQuery): readonly StoredAlert[] {
    return selectAlerts(this.db, query);
  }

  arrivedAfter(position: number): number | undefined {
    const row = this.db
      .prepare('SELECT arrived_ms FROM alerts WHERE position > ? ORDER BY position LIMIT 1')
      .get(position);
    return row === undefined ? undefined : Number(row['arrived_ms']);
  }

  countAfter(position: number): number {
    return countAfter(this.db, position);
  }

  deadLetters(max: number, output?: string): readonly DeadLetter[] {
    const where = output === undefined ? '' : 'WHERE output = ?';
    const rows = this.db.prepare(`SELECT * FROM dead ${where} ORDER BY letter DESC LIMIT ?`);
    return (output === undefined ? rows.all(max) : rows.all(output, max)).map(letterOf);
  }

  stats(): StoreStats {
    const cursors = this.db.prepare('SELECT reader, position FROM cursors').all();
    return {
      alerts: countAfter(this.db, 0),
      lastPosition: lastPosition(this.db),
      readers: Object.fromEntries(cursors.map((row) => [String(row['reader']), Number(row['position'])])),
      dead: Number(this.db.prepare('SELECT count(*) AS n FROM dead').get()?.['n']),
    };
  }

  /** Resolves when there may be something new, in this process or another, or when the signal is aborted. */
  protected changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || this.closing.signal.aborted) return resolve();
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

  protected wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** `data_version` changes when another connection has committed (sqlite.org/pragma.html). */
  async #poll(): Promise<void> {
    this.#polling = true;
    while (this.#waiting.size > 0 && !this.closing.signal.aborted) {
      try {
        const version = Number(this.db.prepare('PRAGMA data_version').get()?.['data_version']);
        if (version !== this.#version) this.wake();
        this.#version = version;
      } catch {
        // What is wrong with the file, the readers find out and say when they read.
        this.wake();
      }
      await this.clock.sleep(this.#pollMs, this.closing.signal);
    }
    this.#polling = false;
  }
}
