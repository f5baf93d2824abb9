import type { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Outcome } from '../../base/outcome.ts';

/** A file, an S3 object, a window of a log group: one named run of log lines, read once from start to end. */
export interface LogObject {
  /** Unique and stable: `s3://bucket/key`, a path, `-` for standard input. Alert ids derive from it, so a re-read must give the same name. */
  readonly name: string;
  /** The size in bytes as stored (compressed), where the source knows it; progress bars use it. */
  readonly size?: number;
  /** When the object appeared where it is read from, milliseconds since the Unix epoch; the lag is counted from it. */
  readonly appearedAtMs?: number;
  /**
   * True when lines have identities of their own, which survive being read in another object (a CloudWatch Logs event
   * may come in several windows). Every line then begins with its origin's name and a tab, both to be cut off: it counts
   * as line 1 of that origin, in alert ids and in `awselb.object`.
   */
  readonly linesNameTheirOrigin?: boolean;
  /**
   * Present where the object is what was added to a file: so many lines of it were read before as objects of the same name,
   * and line numbers go on behind them. Such a part may have no event in it without being rejected.
   */
  readonly linesBefore?: number;
  /**
   * Set where the stored bytes are those of a regular file on this machine: another thread may read them there instead of
   * being sent what `open` gives, and `read` is told how many they were, as they come.
   */
  readonly file?: { readonly path: string; readonly read?: (bytes: number) => void };
  /**
   * The stored bytes, still compressed where they were stored so. Called at most once for each attempt to read the object;
   * the iterable ends at the object's end and throws when reading fails: `Unreadable` when it always will, any other
   * error when another attempt may succeed. The chunks belong to the caller.
   */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Called exactly once, after every alert that the object caused is on disk (`done`), or when it could not be read:
   * `retry` leaves it to be offered again, `reject` means that it never will be. Rejects when the source could not
   * record the settlement; the object will then come again, which the alerts' ids make harmless.
   */
  settle(outcome: Outcome): Promise<void>;
}

/** The object can never be read: deleted, replaced, archived. Settle it with `reject`. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Where log objects come from. One kind per file in this folder, listed in registry.ts. */
export interface Source {
  /** The name from the config, for logs and metrics. */
  readonly name: string;
  /** How many of its objects may be read side by side; left to the reader where absent. 1 keeps their alerts in order. */
  readonly atOnce?: number;
  /**
   * The objects not yet settled, in the order in which they should be read. A bounded source just ends; an unbounded one
   * ends when the signal is aborted. Several objects may be out at once, but the next one, or the end, may have to wait
   * until some of them are settled: one that failed may be offered again before the end. Throws only when the whole source is unusable (no credentials, no such queue).
   */
  objects(signal: AbortSignal): AsyncIterable<LogObject>;
  /** Frees what the source holds. Called once, after the last object was settled. */
  close?(): Promise<void>;
}

/**
 * Which objects of a source are settled, kept across restarts. Handed to sources; detect/progress.ts keeps it in SQLite.
 * `version` tells a replaced object from a settled one of the same name (mtime and size of a file, ETag of an S3 object).
 * Sources keep their own bookmarks here too, under names that no object has.
 */
export interface Progress {
  /** The version last settled under that name; undefined when none was. */
  settledVersion(source: string, object: string): string | undefined;
  /** Returns once the mark is on disk. */
  settle(source: string, object: string, version: string): void;
  /** Forgets every object whose name is longer than `prefix` and begins with it. */
  forget(source: string, prefix: string): void;
  /**
   * Forgets the objects whose names begin with `prefix` and that were in none of the sets of `there` for `keptMs`. Call it
   * now and then with those that are there now.
   */
  expire(source: string, prefix: string, there: ReadonlySet<string>, atMs: number, keptMs: number): void;
}

/** What a source tells beside its objects. The composition root logs and counts it. */
export type SourceNote =
  /** Seen and left alone for good: a test file, another service's object. Nothing is lost by it. */
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }
  /** Given up for good: a message that cannot be understood, an object that failed too often. `sample` is at most 4 KB of it. */
  | { readonly kind: 'buried'; readonly name: string; readonly reason: string; readonly sample?: string }
  /** The source cannot go on now, or something looks wrong; it tries again by itself. The cause says what to do. */
  | { readonly kind: 'trouble'; readonly cause: Error }
  /** What is still to come, as far as the source knows: objects (or messages) waiting, and the age of the oldest. */
  | { readonly kind: 'behind'; readonly objects?: number; readonly ageMs?: number }
  /** Reading what lies there already: days of logs listed and settled, of how many, and the objects in them. */
  | { readonly kind: 'backfill'; readonly days: number; readonly ofDays: number; readonly objects: number };

/** What a source may use of the house. */
export interface SourceTools {
  /** The name from the config; progress is kept under it. */
  readonly name: string;
  readonly clock: Clock;
  readonly progress: Progress;
  /** Never throws; a `buried` note is on disk when it returns. */
  readonly report: (note: SourceNote) => void;
  /** A path from the config as the machine knows it: relative ones count from the config's base folder. */
  resolvePath(path: string): string;
  /** Standard input's bytes. Called at most once in a process. */
  stdin(): AsyncIterable<Uint8Array>;
}

/** A source kind: config, documentation and code in one file, listed in registry.ts. */
export interface SourceKind<C extends z.ZodType = z.ZodType> {
  /** `kind:` in the config; the file's name. */
  readonly kind: string;
  /** One sentence for the README's table. */
  readonly about: string;
  /** Its own keys in the config, beside `name` and `kind`. */
  readonly config: C;
  /** Loads the vendor SDK, builds the client. No network and no reading before `objects` is called. */
  open(config: z.infer<C>, tools: SourceTools): Promise<Source>;
}

/** Keeps the config's type between `config` and `open` of one kind. */
export function defineSource<C extends z.ZodType>(kind: SourceKind<C>): SourceKind<C> {
  return kind;
}
