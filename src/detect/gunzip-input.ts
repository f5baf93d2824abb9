import { freeBytes } from '../base/free-bytes.ts';

/** The compressed bytes not yet used, refilled chunk by chunk. */
export class GunzipInput {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);
  #isWhole = false;
  #taken = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get rest(): Buffer {
    return this.#rest;
  }

  /** Bytes taken so far: the offset of the next one in the file. */
  get offset(): number {
    return this.#taken;
  }

  /** Reads until at least `bytes` are there; false when the end comes first. */
  async fill(bytes: number): Promise<boolean> {
    while (this.#rest.length < bytes) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      // A buffer that others have parts of is not ours to give back.
      this.#isWhole = this.#rest.length === 0 && chunk.length === chunk.buffer.byteLength;
      this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    }
    return true;
  }

  take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    this.#taken += taken.length;
    return taken;
  }

  /** Takes bytes that nobody will read again; with the last of a chunk its memory is given back. */
  drop(bytes: number): void {
    const taken = this.take(bytes);
    if (this.#rest.length === 0 && this.#isWhole) freeBytes(taken);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
