import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../base/clock.ts';
import type { Durability } from './alert-store.ts';

/** How the group commit reaches the disk. */
export interface GroupCommitOptions {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  /** Brings everything that was committed before the call to the platter (fdatasync of the WAL). */
  readonly sync: () => Promise<void>;
  /** At the latest so long after a `written` commit the disk is synced as well. */
  readonly syncEveryMs: number;
  /** Makes an error of the database one that a person can act on. */
  readonly explain: (error: unknown) => Error;
  /** Called at the end of each transaction, inside it. */
  readonly finish?: () => void;
  /** Called after each transaction that went through. */
  readonly committed: () => void;
  /** Called after each transaction that was rolled back. */
  readonly undone?: () => void;
}

interface Write {
  readonly durability: Durability;
  /** Runs inside the transaction; what it throws undoes the whole group. */
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * One transaction and one fsync for everything that asks in the meantime.
 *
 *   write ──▶ waiting ──(next turn of the event loop: one transaction)──▶ written ──▶ resolve 'written'
 *                                                                           │
 *                                                        unsynced ──(one fdatasync)──▶ resolve 'synced'
 *
 * The fdatasync runs beside the event loop; writes that commit while it runs wait for the next one. A transaction that
 * fails is rolled back and rejects each of its writes; a failed fsync ends the store, since the kernel may have dropped
 * the pages it could not write and a second fsync would then succeed without them.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Write[] = [];
  #unsynced: Write[] = [];
  #dirty = false;
  #syncing: Promise<void> | undefined;
  #scheduled = false;
  #sleeping: AbortController | undefined;
  #broken: Error | undefined;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves once what `apply` wrote is as durable as asked; rejects when none of it may be taken as stored. */
  write(apply: () => void, durability: Durability): Promise<void> {
    if (this.#closed) return Promise.reject(this.#options.explain(new Error('it is closed')));
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ durability, apply, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#commit());
    });
  }

  /** Commits and syncs what was asked for, and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sleeping?.abort();
    if (this.#waiting.length > 0) this.#commit();
    while (this.#syncing !== undefined) await this.#syncing;
    if (this.#dirty && this.#broken === undefined) await this.#sync();
  }

  #commit(): void {
    this.#scheduled = false;
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    const { db } = this.#options;
    try {
      if (this.#broken) throw this.#broken;
      db.exec('BEGIN IMMEDIATE');
      for (const write of group) write.apply();
      this.#options.finish?.();
      db.exec('COMMIT');
    } catch (error) {
      const cause = this.#broken ?? this.#options.explain(error);
      if (db.isTransaction) db.exec('ROLLBACK');
      this.#options.undone?.();
      for (const write of group) write.reject(cause);
      return;
    }
    this.#dirty = true;
    for (const write of group) {
      if (write.durability === 'written') write.resolve();
      else this.#unsynced.push(write);
    }
    if (this.#unsynced.length > 0) void this.#sync();
    else this.#syncLater();
    this.#options.committed();
  }

  #syncLater(): void {
    if (this.#sleeping !== undefined || this.#syncing !== undefined) return;
    this.#sleeping = new AbortController();
    void this.#options.clock.sleep(this.#options.syncEveryMs, this.#sleeping.signal).then(() => {
      this.#sleeping = undefined;
      if (this.#dirty && !this.#closed) void this.#sync();
    });
  }

  #sync(): Promise<void> {
    this.#syncing ??= this.#syncAll();
    return this.#syncing;
  }

  async #syncAll(): Promise<void> {
    do {
      const group = this.#unsynced;
      this.#unsynced = [];
      this.#dirty = false;
      try {
        await this.#options.sync();
        for (const write of group) write.resolve();
      } catch (error) {
        this.#broken = this.#options.explain(error);
        for (const write of [...group, ...this.#unsynced]) write.reject(this.#broken);
        this.#unsynced = [];
      }
    } while (this.#unsynced.length > 0);
    this.#syncing = undefined;
    if (this.#dirty && !this.#closed && this.#broken === undefined) this.#syncLater();
  }
}
