import type { Alert } from '../../alert/alert.ts';
import type { Priority } from '../../alert/priority.ts';

/** An alert with its place in the store's order of arrival. Positions grow and are never reused. */
export interface StoredAlert {
  readonly position: number;
  readonly alert: Alert;
  /** About the bytes of the alert's JSON in UTF-8, without `received`. */
  readonly bytes: number;
  /** Set when this is a dead letter that somebody asked to send again: the letter's number. */
  readonly replayOf?: number;
}

/** A dead letter: an alert that an output refused, or that was tried too often. Kept whole, whatever happens to the alert's own row. */
export interface DeadLetter extends StoredAlert {
  /** Unique in the store. */
  readonly letter: number;
  readonly output: string;
  readonly reason: string;
  readonly tries: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** An alert that will not be delivered by the reader's output, and why. */
export interface Burial {
  readonly stored: StoredAlert;
  readonly reason: string;
  readonly tries: number;
}

/** What a reader's output has dealt with. All of it becomes durable together, or nothing. */
export interface ReaderCommit {
  /** Everything up to and including this position is dealt with: a restart goes on after it. */
  readonly position: number;
  readonly buried?: readonly Burial[];
  /** Letters that were sent again, or buried again: they are taken away. */
  readonly replayed?: readonly number[];
  /** Notes to write, or to take away where the text is undefined. */
  readonly notes?: ReadonlyMap<string, string | undefined>;
}

/** One output's place in the store. A reader sees every alert appended, in order, and resumes after the last commit. */
export interface AlertReader {
  /**
   * Up to `max` alerts after the last one that this reader returned, fewer when they are large; dead letters to be sent
   * again come first. Waits until there is one; empty only when the signal is aborted.
   */
  next(max: number, signal: AbortSignal): Promise<readonly StoredAlert[]>;
  /** Resolves once the commit is as durable as asked (default `written`). Rejects when it is not; commit again then. */
  commit(commit: ReaderCommit, durability?: Durability): Promise<void>;
  /** The last committed position. */
  position(): number;
  /** Small texts that the reader keeps beside its position, as last committed: open groups, a planned batch. */
  notes(): ReadonlyMap<string, string>;
}

/** How safe an alert is when `append` resolves: `written` survives kill -9, `synced` survives a power cut as well. */
export type Durability = 'written' | 'synced';

/**
 * What became of one alert: `repeated` when the store already had its id. `taken`, only where `written` was asked for: it is
 * on the disk, and whether it is a repeat (which is then dropped) shows when it gets its position.
 */
export type Appended = 'added' | 'repeated' | 'taken';

/** Which alerts to list; every part given must hold. The newest first. */
export interface AlertQuery {
  readonly max: number;
  /** Only positions below this one: the next page. */
  readonly before?: number;
  /** Only positions above this one: what came since. */
  readonly after?: number;
  /** Event time, milliseconds since the Unix epoch, `since` ≤ time < `until`. */
  readonly since?: number;
  readonly until?: number;
  readonly rule?: string;
  readonly source?: string;
  readonly clientAddress?: string;
  /** This urgent or more. */
  readonly minimumPriority?: Priority;
  /** A text that stands somewhere in the alert's JSON. */
  readonly contains?: string;
}

/** How long alerts are kept. Without a limit, for ever. */
export interface Retention {
  /** Since arrival in the store. */
  readonly maxAgeMs?: number;
  readonly maxAlerts?: number;
  /** The outputs in use: what one of them has not dealt with stays, unless `maxAlertsUndelivered` is passed. Other readers pin nothing. */
  readonly readers: readonly string[];
  /** Past this many alerts the oldest go even when an output in use has not dealt with them. */
  readonly maxAlertsUndelivered?: number;
}

export interface Retained {
  readonly removed: number;
  /** How many of the removed alerts each output in use had not dealt with; empty when all is well. Say it loudly. */
  readonly undelivered: Readonly<Record<string, number>>;
}

export interface StoreStats {
  readonly alerts: number;
  /** The newest alert's; 0 when there is none. Positions may have gaps: `countAfter` says how many alerts lie ahead of a reader. */
  readonly lastPosition: number;
  /** Each reader's committed position. */
  readonly readers: Readonly<Record<string, number>>;
  readonly dead: number;
}

/**
 * The durable log of alerts. Outputs are cursors over it, triage is a view of it. Implementations share one commit (and
 * one fsync) between concurrent appends.
 */
export interface AlertStore {
  /**
   * Resolves once all the alerts are as durable as asked, with what became of each, in order. An id that the store has
   * already is not stored again. Rejects when nothing may be taken as stored (disk full, read-only, corrupt); the caller
   * still owns the alerts then.
   */
  append(alerts: readonly Alert[], durability: Durability): Promise<readonly Appended[]>;
  /** Resolves once everything that was appended before can be read: an alert that was only `taken` takes a moment more. */
  settled(): Promise<void>;
  /** The reader of that name, at its last commit; a new name starts before the oldest alert. */
  reader(name: string): AlertReader;
  /** Forgets a reader's position and notes: its output is gone for good. Its dead letters stay. */
  removeReader(name: string): Promise<void>;
  get(id: string): StoredAlert | undefined;
  /** The newest first. */
  recent(max: number): readonly StoredAlert[];
  query(query: AlertQuery): readonly StoredAlert[];
  /** When the oldest alert after `position` arrived, milliseconds since the Unix epoch; undefined when there is none. */
  arrivedAfter(position: number): number | undefined;
  /** How many alerts come after `position`: what a reader that is there has before it. */
  countAfter(position: number): number;
  /** The newest first; of one output, or of all. */
  deadLetters(max: number, output?: string): readonly DeadLetter[];
  /** Hands dead letters to their outputs' readers again; all of them, or those named. Resolves with how many, once durable. */
  replay(output?: string, letters?: readonly number[]): Promise<number>;
  /** Takes away alerts past the limits. Dead letters stay. */
  retain(retention: Retention): Promise<Retained>;
  stats(): StoreStats;
  /** Finishes what was appended, then closes. Appends after it reject. */
  close(): Promise<void>;
}
