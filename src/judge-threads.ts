import { type DetectingThreads, startDetecting, threadCount, type ThreadSettings } from './detecting-threads.ts';
import type { HearingJudge } from './detect/judge.ts';
import { JudgePool } from './detect/judge-pool.ts';
import { ObjectPool } from './detect/object-pool.ts';

/** Threads that judge; they start with their first blocks. 0 means one for each core. `broke` is told of each that ends by itself. */
export function openJudgePool(
  threads: number,
  settings: Omit<ThreadSettings, 'text' | 'wholeObjects'>,
  broke?: (cause: Error) => void,
): JudgePool {
  return new JudgePool(threadCount(threads), () => startDetecting(settings), broke);
}

/**
 * Threads that judge for `scan`, blocks of lines or, with `wholeObjects`, one object each; with `here` this one is one of
 * these. Where their settings say so each thread writes the lines that are printed.
 */
export function openScanPool<A>(
  threads: DetectingThreads,
  wholeObjects: boolean,
  here?: HearingJudge<A>,
): JudgePool<A> | ObjectPool<A> {
  const start = (): ReturnType<DetectingThreads['take']> => threads.take();
  return wholeObjects ? new ObjectPool<A>(threads.count, start, here) : new JudgePool<A>(threads.count, start);
}
