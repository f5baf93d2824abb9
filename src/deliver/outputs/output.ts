import type { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Outcome } from '../../base/outcome.ts';

/** An open connection to one place that alerts go to. Retry, batching, timeouts and metrics live in the courier, not here. */
export interface Output {
  /**
   * Sends one batch, at most as large as the kind's `batch` limits. Resolves with one outcome for each alert, in order. A
   * throw counts as `retry` for all of them. Must give up when the signal is aborted.
   */
  send(alerts: readonly Alert[], signal: AbortSignal): Promise<readonly Outcome[]>;
  /** Checks that the place can be reached without sending an alert; rejects with a cause that a person can act on. */
  probe(signal: AbortSignal): Promise<void>;
  /** What a person should put right although sending goes on; empty when all is well. Cheap, for `/readyz`. */
  problems?(): readonly string[];
  close?(): Promise<void>;
}

/** Something about an output's config that only the machine can tell, or that holds danger. */
export interface OutputFinding {
  /** An error keeps the service from starting. */
  readonly severity: 'error' | 'warning';
  /** Below the output's entry: `['tls', 'key_file']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The largest batch that an output takes in one `send`. */
export interface BatchLimits {
  readonly maxAlerts: number;
  /** Bytes of the alerts' JSON, UTF-8. */
  readonly maxBytes: number;
  /** How long the courier may wait for a batch to fill once its first alert is there. */
  readonly maxWaitMs: number;
  /**
   * True where a batch that is sent twice overwrites itself (an object named after its alerts): the courier then writes
   * down where a batch ends before it sends it, and makes the same batch again after a crash.
   */
  readonly sameOnRetry?: boolean;
}

/** What an output may use of the house. */
export interface OutputTools {
  readonly clock: Clock;
  readonly name: string;
  /** Standard output's writer; resolves when the text was taken by the stream. */
  readonly write: (text: string) => Promise<void>;
  /** A path of the config made absolute: relative ones count from the config's base folder. */
  readonly resolvePath: (path: string) => string;
}

/** An output kind: config, limits, documentation and code in one file, listed in registry.ts. */
export interface OutputKind<C extends z.ZodType = z.ZodType> {
  /** `kind:` in the config; the file's name. */
  readonly kind: string;
  /** One sentence for the README's table. */
  readonly about: string;
  /** Its own keys in the config, beside `name` and `kind`. */
  readonly config: C;
  batch(config: z.infer<C>): BatchLimits;
  /** Looks at files that the config names; asked by `check`, and before `open`. No network, changes nothing, never rejects. */
  findings?(config: z.infer<C>, tools: Pick<OutputTools, 'resolvePath'>): Promise<readonly OutputFinding[]>;
  /** Loads the vendor SDK, builds the client. No network before the first `send` or `probe`. */
  open(config: z.infer<C>, tools: OutputTools): Promise<Output>;
}

/** Keeps the config's type between `config`, `batch` and `open` of one kind. */
export function defineOutput<C extends z.ZodType>(kind: OutputKind<C>): OutputKind<C> {
  return kind;
}
