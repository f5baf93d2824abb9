import type { Outcome } from '../../base/outcome.ts';
import type { SourceTools } from './source.ts';

interface RetryLimits {
  /** After so many an object is buried. */
  readonly maxTries: number;
  readonly firstPauseMs?: number;
  readonly lastPauseMs?: number;
}

/** Objects that failed, by name: when each may be tried again, and when it has been tried often enough. */
export class Retries {
  readonly #limits: Required<RetryLimits>;
  readonly #tools: SourceTools;
  readonly #failed = new Map<string, { readonly tries: number; readonly notBeforeMs: number }>();

  constructor(limits: RetryLimits, tools: SourceTools) {
    this.#limits = { firstPauseMs: 30_000, lastPauseMs: 3_600_000, ...limits };
    this.#tools = tools;
  }

  get size(): number {
    return this.#failed.size;
  }

  /** True while its pause lasts. */
  waits(name: string): boolean {
    return this.#tools.clock.now() < (this.#failed.get(name)?.notBeforeMs ?? 0);
  }

  /** Counts a failure. True when there will be another try; false when this was the last, which is then reported. */
  again(name: string, { cause, afterMs }: Extract<Outcome, { kind: 'retry' }>): boolean {
    const { clock, report } = this.#tools;
    const tries = (this.#failed.get(name)?.tries ?? 0) + 1;
    const { maxTries, firstPauseMs, lastPauseMs } = this.#limits;
    if (tries >= maxTries) {
      report({ kind: 'buried', name, reason: `failed ${tries} times, the last time: ${cause.message}` });
      return false;
    }
    const pauseMs = Math.min(firstPauseMs * 2 ** (tries - 1), lastPauseMs);
    this.#failed.set(name, { tries, notBeforeMs: clock.now() + (afterMs ?? pauseMs) });
    return true;
  }

  forget(name: string): void {
    this.#failed.delete(name);
  }

  /** Forgets all that are not there any more. */
  keep(there: { has(name: string): boolean }): void {
    for (const name of this.#failed.keys()) if (!there.has(name)) this.#failed.delete(name);
  }
}
