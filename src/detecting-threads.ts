import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { widenYoungGeneration } from './base/heap-growth.ts';
import { startThread } from './base/start-thread.ts';
import { threadsAskedFor } from './cli/early-threads.ts';
import type { ConfiguredRules } from './config/configured-rules.ts';
import type { LoadedRules } from './detect/rules/engine.ts';
import type { GeoOptions } from './geoip/geo-lookup.ts';

/** What a detecting thread builds its judge from; each has its own rules and databases. */
export interface ThreadSettings {
  readonly rules: ConfiguredRules;
  /** Absent where addresses are not looked up. */
  readonly geo?: Omit<GeoOptions, 'clock'>;
  /** What to write of alerts is their lines of text, with places or without; absent for the alerts themselves. */
  readonly text?: { readonly places: boolean };
  /** It is sent objects rather than blocks of lines. */
  readonly wholeObjects?: boolean;
}

/** What a thread is begun with: the port that `ThreadSettings` come through, and that it answers with `ThreadReady`. */
export interface ThreadStart {
  readonly settings: MessagePort;
}

/** How its rules loaded. After errors the thread ends. */
export type ThreadReady = Pick<LoadedRules, 'files'>;

// In an installed package the house is dist/main.cjs, and the thread stands beside it.
const entry = new URL(`./judge-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'cjs'}`, import.meta.url);

// A thread's garbage is short-lived: with V8's default, two threads took 520 MB where with this they took 400.
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/** 0 means one for each core. */
export function threadCount(threads: number): number {
  return threads === 0 ? availableParallelism() : threads;
}

/** A thread that judges by these settings. Blocks sent before it is ready wait. */
export function startDetecting(settings: ThreadSettings): Worker {
  const { worker, port } = begin();
  port.postMessage(settings);
  return worker;
}

interface Begun {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** Rejects when it ended before it was. */
  readonly ready: Promise<ThreadReady>;
  ended: boolean;
}

/** Begun before anything else was loaded; taken by the first `DetectingThreads`. */
const early: Begun[] = [];

/**
 * Begins those that `new DetectingThreads(…, 1)` will begin for this command line, once; where there never is one, they end
 * with the process.
 */
export function beginEarly(argv: readonly string[]): void {
  const threads = threadsAskedFor(argv);
  if (threads === undefined || early.length > 0) return;
  widenYoungGeneration();
  for (let begun = 1; begun < threadCount(threads); begun++) early.push(begin());
}

/**
 * Detecting threads that are begun before it is known what they are to judge by: they load their modules while this thread
 * loads its own and reads the config. That takes half of a start, and each does it alone.
 */
export class DetectingThreads {
  readonly count: number;
  readonly #begun: Begun[];
  #settings: ThreadSettings | undefined;

  /** 0 means one for each core. All but `later` of them are begun now, one at least. */
  constructor(threads: number, later = 0) {
    this.count = threadCount(threads);
    this.#begun = Array.from({ length: Math.max(1, this.count - later) }, () => early.shift() ?? begin());
  }

  /**
   * Tells them what to judge by, once, and begins what is missing for so many. Resolves with how the rules loaded on one;
   * rejects when all broke.
   */
  async tell(settings: ThreadSettings, threads = this.count): Promise<ThreadReady> {
    this.#settings = settings;
    while (this.#begun.length < threads) this.#begun.push(begin());
    for (const { port } of this.#begun) port.postMessage(settings);
    try {
      return await Promise.any(this.#begun.map(({ ready }) => ready));
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  /** The next of them, or a new one where all are taken or broken. Whoever takes it ends it. `tell` comes first. */
  take(): Worker {
    for (let next = this.#begun.shift(); next !== undefined; next = this.#begun.shift()) {
      if (!next.ended) return next.worker;
    }
    if (this.#settings === undefined) throw new Error('nobody told the detecting threads what to judge by');
    return startDetecting(this.#settings);
  }

  /** Ends those that nobody took. */
  async close(): Promise<void> {
    await Promise.all(this.#begun.splice(0).map(({ worker }) => worker.terminate()));
  }
}

function begin(): Begun {
  const { port1: port, port2: settings } = new MessageChannel();
  const workerData: ThreadStart = { settings };
  const worker = startThread(entry, { name: 'judge', workerData, transferList: [settings], resourceLimits });
  const { promise: ready, resolve, reject } = Promise.withResolvers<ThreadReady>();
  const begun: Begun = { worker, port, ready, ended: false };
  let cause: unknown;
  worker.once('error', (error) => {
    cause = error;
  });
  worker.once('exit', () => {
    begun.ended = true;
  });
  port.once('message', resolve);
  // It comes behind the last message, which the thread's exit may overtake.
  port.once('close', () => reject(new Error('a detecting thread broke', { cause })));
  // Not all that are begun are told anything.
  ready.catch(() => undefined);
  return begun;
}
