import type { Alert } from '../../alert/alert.ts';

/** An alert with its place in the store's order of arrival. Positions grow and are never reused. */
export interface StoredAlert {
  readonly position: number;
  readonly alert: Alert;
}

/** A dead letter: an alert that an output refused, or that was tried too often. */
export interface DeadLetter extends StoredAlert {
  readonly output: string;
  readonly reason: string;
  readonly tries: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** One output's place in the store. A reader sees every alert appended, in order, and resumes after the last commit. */
export interface AlertReader {
  /** Up to `max` alerts after the last one that this reader returned. Waits until there is one; empty only when the signal is aborted. */
  next(max: number, signal: AbortSignal): Promise<readonly StoredAlert[]>;
  /** Everything up to and including `position` is dealt with: a restart goes on after it. */
  commit(position: number): void;
  /** Records that the alert will not be delivered by this reader's output, and why. Durable together with the next commit. */
  bury(stored: StoredAlert, reason: string, tries: number): void;
}

/** How safe an alert is when `append` resolves: `written` survives kill -9, `synced` survives a power cut as well. */
export type Durability = 'written' | 'synced';

/**
 * The durable log of alerts. Outputs are cursors over it, triage is a view of it. Implementations share one commit (and
 * one fsync) between concurrent appends.
 */
export interface AlertStore {
  /**
   * Resolves once all the alerts are as durable as asked. An id that the store has already is not stored again.
   * Rejects when nothing may be taken as stored (disk full, read-only, corrupt); the caller still owns the alerts then.
   */
  append(
    alerts: readonly Alert[],
    durability: Durability,
  ): Promise<{ readonly added: number; readonly repeated: number }>;
  /** The reader of that name, at its last commit; a new name starts before the oldest alert. */
  reader(name: string): AlertReader;
  get(id: string): StoredAlert | undefined;
  /** The newest first. */
  recent(max: number): readonly StoredAlert[];
  deadLetters(max: number): readonly DeadLetter[];
  stats(): {
    readonly alerts: number;
    readonly lastPosition: number;
    readonly readers: Readonly<Record<string, number>>;
    readonly dead: number;
  };
  /** Finishes what was appended, then closes. Appends after it reject. */
  close(): Promise<void>;
}
