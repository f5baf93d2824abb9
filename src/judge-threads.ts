import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { startThread } from './base/start-thread.ts';
import { JudgePool } from './detect/judge-pool.ts';
import { ObjectPool } from './detect/object-pool.ts';
import type { EngineOptions, RulesFile } from './detect/rules/engine.ts';
import type { GeoOptions } from './geoip/geo-lookup.ts';

/** What a detecting thread builds its judge from; each has its own rules and databases. */
export interface ThreadSettings {
  readonly rules: { readonly files: readonly RulesFile[]; readonly options: Omit<EngineOptions, 'sources'> };
  /** Absent where addresses are not looked up. */
  readonly geo?: Omit<GeoOptions, 'clock'>;
  /** What to write of alerts is their lines of text, with places or without; absent for the alerts themselves. */
  readonly text?: { readonly places: boolean };
  /** It is sent objects rather than blocks of lines. */
  readonly wholeObjects?: boolean;
}

// In an installed package the house is dist/main.js, and the thread stands beside it.
const entry = new URL(`./judge-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

// A thread's garbage is short-lived: with V8's default, two threads took 520 MB where with this they took 400.
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/** Threads that judge; they start with their first blocks. 0 means one for each core. `broke` is told of each that ends by itself. */
export function openJudgePool(
  threads: number,
  settings: Omit<ThreadSettings, 'text' | 'wholeObjects'>,
  broke?: (cause: Error) => void,
): JudgePool {
  return openPool(threads, settings, broke);
}

/**
 * Threads that judge for `scan`, blocks of lines or, with `wholeObjects`, one object each. Where the settings say so each
 * thread writes the lines that are printed.
 */
export function openScanPool<A>(threads: number, settings: ThreadSettings): JudgePool<A> | ObjectPool<A> {
  return settings.wholeObjects === true
    ? new ObjectPool<A>(threadCount(threads), () => start(settings))
    : openPool<A>(threads, settings);
}

function openPool<A>(threads: number, settings: ThreadSettings, broke?: (cause: Error) => void): JudgePool<A> {
  return new JudgePool<A>(threadCount(threads), () => start(settings), broke);
}

/** 0 means one for each core. */
export function threadCount(threads: number): number {
  return threads === 0 ? availableParallelism() : threads;
}

function start(settings: ThreadSettings): Worker {
  return startThread(entry, { name: 'judge', workerData: settings, resourceLimits });
}
