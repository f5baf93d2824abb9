import type { Outcome } from '../../base/outcome.ts';

/** A file, an S3 object, a window of a log group: one named run of log lines, read once from start to end. */
export interface LogObject {
  /** Unique and stable: `s3://bucket/key`, a path, `-` for standard input. Alert ids derive from it, so a re-read must give the same name. */
  readonly name: string;
  /** The size in bytes as stored (compressed), where the source knows it; progress bars use it. */
  readonly size?: number;
  /**
   * The stored bytes, still compressed where they were stored so. Called at most once for each attempt to read the object;
   * the iterable ends at the object's end and throws when reading fails. The chunks belong to the caller.
   */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Called exactly once, after every alert that the object caused is on disk (`done`), or when it could not be read:
   * `retry` leaves it to be offered again, `reject` means that it never will be. Rejects when the source could not
   * record the settlement; the object will then come again, which the alerts' ids make harmless.
   */
  settle(outcome: Outcome): Promise<void>;
}

/** Where log objects come from. One kind per file in this folder, listed in registry.ts. */
export interface Source {
  /** The name from the config, for logs and metrics. */
  readonly name: string;
  /**
   * The objects not yet settled, in the order in which they should be read. A bounded source just ends; an unbounded one
   * ends when the signal is aborted. Throws only when the whole source is unusable (a missing folder, no credentials).
   */
  objects(signal: AbortSignal): AsyncIterable<LogObject>;
  /** Frees what the source holds. Called once, after the last object was settled. */
  close?(): Promise<void>;
}

/**
 * Which objects of a source are settled, kept across restarts. Handed to sources; detect/progress.ts keeps it in SQLite.
 * `version` tells a replaced object from a settled one of the same name (mtime and size of a file, ETag of an S3 object).
 */
export interface Progress {
  settled(source: string, object: string, version: string): boolean;
  /** Returns once the mark is on disk. */
  settle(source: string, object: string, version: string): void;
}
