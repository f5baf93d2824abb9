import { Worker } from 'node:worker_threads';
import type { Alert } from '../alert/alert.ts';
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

/** A block that was handed in and has no result yet. */
interface Asked<A> extends PromiseWithResolvers<Judged<A>> {
  readonly object: JudgedObject;
  readonly block: LineBlock;
}

/**
 * Judges on other threads: every block goes to the one with the least to do, and what comes back is what `LocalJudge` would
 * say, `evt.num` and `evt.reltime` aside, which every thread counts from its own first event. A thread that breaks fails
 * the block that it was at; those behind it, and all that come later, go to another.
 */
export class JudgePool<A = Alert> implements Judge<A> {
  readonly ahead: number;
  readonly #threads: (Thread<A> | undefined)[];
  readonly #start: () => Worker;
  readonly #broke: (cause: Error) => void;
  #closed = false;

  /** `start` begins a thread that answers each `BlockMessage`; `broke` is told of each that ends by itself. */
  constructor(threads: number, start: () => Worker, broke: (cause: Error) => void = () => undefined) {
    this.ahead = threads * blocksPerThread - 1;
    this.#threads = Array.from({ length: threads });
    this.#start = start;
    this.#broke = broke;
  }

  judge({ name, linesNameTheirOrigin }: JudgedObject, block: LineBlock): Promise<Judged<A>> {
    const asked: Asked<A> = {
      ...Promise.withResolvers<Judged<A>>(),
      object: present({ name, linesNameTheirOrigin }),
      block,
    };
    // Results are waited for one after the other: one that fails early must not end the process.
    asked.promise.catch(() => undefined);
    this.#ask(asked);
    return asked.promise;
  }

  /** Fails what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.flatMap((thread) => thread?.close() ?? []));
  }

  #ask(asked: Asked<A>): void {
    if (this.#closed) {
      asked.reject(new Error('the detecting threads were closed'));
      return;
    }
    const slot = this.#idlest();
    const thread = (this.#threads[slot] ??= new Thread<A>(this.#start(), (cause, left) => {
      this.#threads[slot] = undefined;
      if (!this.#closed) this.#broke(cause);
      // It answers in order: only the first of them can have broken it.
      left.shift()?.reject(new Error('a detecting thread broke', { cause }));
      for (const each of left) this.#ask(each);
    }));
    thread.ask(asked);
  }

  #idlest(): number {
    let best = 0;
    for (let slot = 1; slot < this.#threads.length; slot++) {
      if ((this.#threads[slot]?.waiting ?? 0) < (this.#threads[best]?.waiting ?? 0)) best = slot;
    }
    return best;
  }
}

class Thread<A> {
  readonly #worker: Worker;
  readonly #asked: Asked<A>[] = [];

  /** `ended` is called once, with the blocks that have no result. */
  constructor(worker: Worker, ended: (cause: Error, left: Asked<A>[]) => void) {
    this.#worker = worker;
    let cause: Error | undefined;
    worker.on('message', (judged: Judged<A>) => this.#asked.shift()?.resolve(judged));
    worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    // Not at the error: it may overtake the last results, which Node hands out before it tells of the exit.
    worker.on('exit', (code) => ended(cause ?? new Error(`it ended with ${code}`), this.#asked.splice(0)));
  }

  get waiting(): number {
    return this.#asked.length;
  }

  ask(asked: Asked<A>): void {
    const { object, block } = asked;
    // A copy: the block is a window on a larger buffer, which would be sent as a whole.
    const bytes = new Uint8Array(block.bytes);
    const message: BlockMessage = { ...object, firstLine: block.firstLine, bytes };
    this.#asked.push(asked);
    this.#worker.postMessage(message, [bytes.buffer]);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
