import { Worker } from 'node:worker_threads';
import { present } from '../base/present.ts';
import type { Judge, Judged, JudgedObject } from './judge.ts';
import type { LineBlock } from './lines.ts';

/** A block on its way to a thread, answered with `Judged`; a thread answers in the order in which it was asked. */
export interface BlockMessage extends JudgedObject {
  readonly bytes: Uint8Array;
  readonly firstLine: number;
}

/** Begun for each thread, so that none runs dry between a result and the next block. */
const blocksPerThread = 2;

/**
 * Judges on other threads: every block goes to the one with the least to do, and what comes back is what `LocalJudge` would
 * say, `evt.num` and `evt.reltime` aside, which every thread counts from its own first event. A thread that breaks fails
 * its blocks; the next block starts another.
 */
export class JudgePool implements Judge {
  readonly ahead: number;
  readonly #threads: (Thread | undefined)[];
  readonly #start: () => Worker;

  /** `start` begins a thread that answers each `BlockMessage`. */
  constructor(threads: number, start: () => Worker) {
    this.ahead = threads * blocksPerThread - 1;
    this.#threads = Array.from({ length: threads });
    this.#start = start;
  }

  judge({ name, linesNameTheirOrigin }: JudgedObject, { bytes, firstLine }: LineBlock): Promise<Judged> {
    const slot = this.#idlest();
    const thread = (this.#threads[slot] ??= new Thread(this.#start(), () => {
      this.#threads[slot] = undefined;
    }));
    // A copy: the block is a window on a larger buffer, which would be sent as a whole.
    return thread.judge({ ...present({ name, linesNameTheirOrigin, firstLine }), bytes: new Uint8Array(bytes) });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.flatMap((thread) => thread?.close() ?? []));
  }

  #idlest(): number {
    let best = 0;
    for (let slot = 1; slot < this.#threads.length; slot++) {
      if ((this.#threads[slot]?.waiting ?? 0) < (this.#threads[best]?.waiting ?? 0)) best = slot;
    }
    return best;
  }
}

class Thread {
  readonly #worker: Worker;
  readonly #asked: PromiseWithResolvers<Judged>[] = [];

  constructor(worker: Worker, ended: () => void) {
    this.#worker = worker;
    worker.on('message', (judged: Judged) => this.#asked.shift()?.resolve(judged));
    worker.on('error', (cause) => this.#fail(cause));
    worker.on('exit', () => {
      ended();
      this.#fail(undefined);
    });
  }

  get waiting(): number {
    return this.#asked.length;
  }

  judge(message: BlockMessage): Promise<Judged> {
    const asked = Promise.withResolvers<Judged>();
    // Results are waited for one after the other: one that fails early must not end the process.
    asked.promise.catch(() => undefined);
    this.#asked.push(asked);
    this.#worker.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
    return asked.promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(cause: unknown): void {
    for (const { reject } of this.#asked.splice(0)) reject(new Error('a detecting thread broke', { cause }));
  }
}
