import type { LogObject } from './source.ts';

/** Held of one object that is not read yet. */
const maxHeldBytes = 2 * 2 ** 20;

/**
 * The objects in their order, `count` of them being fetched already when the first is read: the latency of a remote store is
 * waited for once, not once for each object. An object whose turn is far is fetched up to 2 MiB, then waits.
 */
export async function* readAhead(
  objects: AsyncIterable<LogObject>,
  count: number,
  signal: AbortSignal,
): AsyncGenerator<LogObject> {
  const leaving = new AbortController();
  const source = objects[Symbol.asyncIterator]();
  const fetched: LogObject[] = [];
  let trouble: { readonly error: unknown } | undefined;
  let ended = false;
  try {
    for (;;) {
      while (!ended && fetched.length < count) {
        try {
          const next = await source.next();
          if (next.done === true) ended = true;
          else fetched.push(new Fetched(next.value, AbortSignal.any([signal, leaving.signal])).object());
        } catch (error) {
          // What came before the trouble is read before it is told.
          trouble = { error };
          ended = true;
        }
      }
      const first = fetched.shift();
      if (first === undefined) break;
      yield first;
    }
    if (trouble !== undefined) throw trouble.error;
  } finally {
    leaving.abort();
    await source.return?.();
  }
}

/** An object's bytes on their way: taken from its source as far as there is room for them. */
class Fetched {
  readonly #object: LogObject;
  readonly #unread = new AbortController();
  readonly #chunks: Uint8Array[] = [];
  #held = 0;
  #ended: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(object: LogObject, signal: AbortSignal) {
    this.#object = object;
    void this.#fetch(AbortSignal.any([signal, this.#unread.signal]));
  }

  object(): LogObject {
    return {
      ...this.#object,
      open: () => this.#read(),
      settle: (outcome) => {
        this.#unread.abort();
        return this.#object.settle(outcome);
      },
    };
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#held -= chunk.byteLength;
          this.#changed();
          yield chunk;
        } else if (this.#ended === undefined) await this.#change();
        else if ('error' in this.#ended) throw this.#ended.error;
        else return;
      }
    } finally {
      this.#unread.abort();
    }
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#changed();
    signal.addEventListener('abort', wake, { once: true });
    try {
      for await (const chunk of this.#object.open(signal)) {
        this.#chunks.push(chunk);
        this.#held += chunk.byteLength;
        this.#changed();
        while (this.#held >= maxHeldBytes && !signal.aborted) await this.#change();
        signal.throwIfAborted();
      }
      this.#ended = {};
    } catch (error) {
      this.#ended = { error };
    } finally {
      signal.removeEventListener('abort', wake);
      this.#changed();
    }
  }

  /** One side at a time waits: the reader for bytes, or the fetch for room. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
