import { z } from 'zod';

/** The SDK's agent has 50 sockets for each client; a download holds one until it is read. */
export const maxInFlight = z.int().min(1).max(48).default(16).describe('Objects read at the same time.');
export const maxInFlightBytes = z
  .int()
  .min(1)
  .default(256 * 2 ** 20)
  .describe('Their size in the bucket, all together; an object larger than that is read alone.');

export interface InFlightLimits {
  readonly maxObjects: number;
  readonly maxBytes: number;
}

/** Counts what was offered and is not yet settled, and makes the next offer wait while there is too much of it. */
export class InFlight {
  readonly #limits: InFlightLimits;
  #objects = 0;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  /**
   * Takes the place of an object of `bytes`; waits until it is free. An object larger than all the room there is gets
   * in alone. False when the signal was aborted first.
   */
  async enter(bytes: number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (
        this.#objects === 0 ||
        (this.#objects < this.#limits.maxObjects && this.#bytes + bytes <= this.#limits.maxBytes)
      ) {
        this.#objects++;
        this.#bytes += bytes;
        return true;
      }
      await this.#changed(signal);
    }
    return false;
  }

  /** Waits until everything has left, or the signal is aborted. */
  async empty(signal: AbortSignal): Promise<void> {
    while (this.#objects > 0 && !signal.aborted) await this.#changed(signal);
  }

  leave(bytes: number): void {
    this.#objects--;
    this.#bytes -= bytes;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
      this.#waiting.push(wake);
    });
  }
}
