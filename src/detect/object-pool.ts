import type { Worker } from 'node:worker_threads';
import type { Alert } from '../alert/alert.ts';
import { abortable } from '../base/abortable.ts';
import { present } from '../base/present.ts';
import type { HearingJudge, Judged, ObjectJudge } from './judge.ts';
import { ObjectsHere } from './objects-here.ts';
import { errorOf, type FromObjectThread, type ToObjectThread } from './object-thread.ts';
import type { Reading, ReadingOptions } from './read-object.ts';
import type { LogObject } from './sources/source.ts';

/** Reads one object at a time, as `ObjectJudge` does. */
interface ObjectReader<A> extends Pick<ObjectJudge<A>, 'read'> {
  /** It reads no more. */
  readonly broken: boolean;
  /** Fails what is under way. */
  close(): Promise<void>;
}

/**
 * Reads whole objects on several threads, one on each: what passes between threads is stored bytes there and results back,
 * both only as far as the other side has room. Objects get their threads in the order in which they were handed in, so the
 * first that is not done always has one, whatever those behind it wait for. A thread that breaks fails its object.
 */
export class ObjectPool<A = Alert> implements ObjectJudge<A> {
  readonly ahead: number;
  readonly #start: () => Worker;
  /** The next one to take is the last. */
  readonly #idle: (ObjectReader<A> | undefined)[];
  readonly #waiting: ((reader: ObjectReader<A>) => void)[] = [];
  readonly #readers = new Set<ObjectReader<A>>();
  #closed = false;

  /**
   * `start` begins a thread that calls `answerObjects`. With `here` one of the threads is the one that this is called on,
   * which takes the first object: a thread less to start, and its results need not cross.
   */
  constructor(threads: number, start: () => Worker, here?: HearingJudge<A>) {
    // Short objects end while a long one's results are taken.
    this.ahead = threads * 2 - 1;
    this.#start = start;
    this.#idle = Array.from({ length: threads });
    if (here !== undefined) this.#idle[threads - 1] = new ObjectsHere(here);
  }

  async read(
    object: LogObject,
    take: (judged: Judged<A>) => Promise<void> | undefined,
    reading: Reading,
    options: ReadingOptions,
  ): Promise<void> {
    const reader = await this.#next();
    try {
      await reader.read(object, take, reading, options);
    } finally {
      this.#free(reader);
    }
  }

  /** Fails what is under way on other threads. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#readers].map((reader) => reader.close()));
  }

  #next(): ObjectReader<A> | Promise<ObjectReader<A>> {
    if (this.#idle.length > 0) return this.#idle.pop() ?? this.#begin();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #free(reader: ObjectReader<A>): void {
    const next = this.#waiting.shift();
    if (reader.broken) this.#readers.delete(reader);
    if (next !== undefined) next(reader.broken && !this.#closed ? this.#begin() : reader);
    else this.#idle.push(reader.broken ? undefined : reader);
  }

  #begin(): ObjectReader<A> {
    if (this.#closed) throw new Error('the detecting threads were closed');
    const thread = new ObjectThread<A>(this.#start());
    this.#readers.add(thread);
    return thread;
  }
}

class ObjectThread<A> implements ObjectReader<A> {
  readonly #worker: Worker;
  #hear: ((message: FromObjectThread<A>) => void) | undefined;
  #fail: ((cause: Error) => void) | undefined;
  #broken: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    const end = (cause: Error): void => {
      this.#broken ??= new Error('a detecting thread broke', { cause });
      this.#fail?.(this.#broken);
    };
    worker.on('message', (message: FromObjectThread<A>) => this.#hear?.(message));
    worker.on('error', (cause) => end(cause instanceof Error ? cause : new Error(String(cause))));
    worker.on('exit', (code) => end(new Error(`it ended with ${code}`)));
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  /** As `readBlocks`. */
  async read(
    object: LogObject,
    take: (judged: Judged<A>) => Promise<void> | undefined,
    reading: Reading,
    { signal, limits }: ReadingOptions,
  ): Promise<void> {
    signal.throwIfAborted();
    if (this.#broken !== undefined) throw this.#broken;
    const leaving = new AbortController();
    const feed = new Feed(object, AbortSignal.any([signal, leaving.signal]), (message, transfer) =>
      this.#post(message, transfer),
    );
    const stop = (): void => this.#post({ kind: 'stop' });
    signal.addEventListener('abort', stop, { once: true });
    const ended = Promise.withResolvers<FromObjectThread<A> & { kind: 'ended' }>();
    let taking: Promise<void> = Promise.resolve();
    const takeOne = async (judged: Judged<A>, bytes: number): Promise<void> => {
      reading.bytes += bytes;
      reading.lines += judged.lines;
      reading.events += judged.events;
      await take(judged);
      this.#post({ kind: 'taken' });
    };
    this.#fail = ended.reject;
    this.#hear = (message) => {
      if (message.kind === 'want') feed.want(message.chunks);
      else if (message.kind === 'ended') ended.resolve(message);
      else {
        if (message.stored > 0) object.file?.read?.(message.stored);
        taking = taking.then(() => takeOne(message.judged, message.bytes));
        taking.catch(stop);
      }
    };
    try {
      const { linesNameTheirOrigin, linesBefore, name, file } = object;
      this.#post({
        kind: 'begin',
        object: present({ name, linesNameTheirOrigin, linesBefore, path: file?.path }),
        ...present({ limits }),
      });
      const { reading: whole, trouble } = await ended.promise;
      // The last results are still to be taken.
      await taking;
      Object.assign(reading, whole);
      if (trouble !== undefined) throw errorOf(trouble, feed.trouble);
    } finally {
      await Promise.allSettled([taking]);
      this.#hear = undefined;
      this.#fail = undefined;
      leaving.abort();
      signal.removeEventListener('abort', stop);
    }
  }

  #post(message: ToObjectThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** An object's stored bytes on their way to a thread, as many as it wants. The object is opened when the first are wanted. */
class Feed {
  readonly #object: LogObject;
  readonly #signal: AbortSignal;
  readonly #send: (message: ToObjectThread, transfer?: readonly ArrayBuffer[]) => void;
  #wanted = 0;
  #more: (() => void) | undefined;
  #begun = false;
  #trouble: unknown;

  constructor(
    object: LogObject,
    signal: AbortSignal,
    send: (message: ToObjectThread, transfer?: readonly ArrayBuffer[]) => void,
  ) {
    this.#object = object;
    this.#signal = signal;
    this.#send = send;
    signal.addEventListener('abort', () => this.#more?.(), { once: true });
  }

  /** What the source threw. */
  get trouble(): unknown {
    return this.#trouble;
  }

  want(chunks: number): void {
    this.#wanted += chunks;
    this.#more?.();
    if (this.#begun) return;
    this.#begun = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    let broke = false;
    try {
      for await (const chunk of abortable(this.#object.open(this.#signal), this.#signal)) {
        if (this.#signal.aborted) return;
        const { buffer } = chunk;
        // Of a window on a larger buffer a copy: the buffer would be sent as a whole.
        const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength;
        const bytes = isWhole ? new Uint8Array(buffer) : new Uint8Array(chunk);
        this.#send({ kind: 'chunk', bytes }, [bytes.buffer]);
        this.#wanted -= 1;
        while (this.#wanted <= 0 && !this.#signal.aborted) {
          await new Promise<void>((resolve) => {
            this.#more = resolve;
          });
        }
      }
    } catch (error) {
      this.#trouble = error;
      broke = true;
    }
    // After an abort the thread may be at another object.
    if (!this.#signal.aborted) this.#send({ kind: 'end', broke });
  }
}
