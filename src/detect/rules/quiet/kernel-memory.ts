const pageBytes = 64 * 1024;
/** Our own rules take 17 MB, most of it slots of texts that never come. Rules whose tables do not fit go without a kernel. */
const maxPages = 2048;

/** What stands in a memory: most of it is zero. */
export interface MemoryImage {
  readonly size: number;
  /** Where what is not zero stands, and how long that is. */
  readonly runs: readonly (readonly [at: number, length: number])[];
  /** One run behind the other. */
  readonly bytes: Uint8Array;
}

/** So many words that are zero end no run. */
const fewZeros = 64;

/** The memory that the kernel works on, filled from below with tables while the rules are compiled. */
export class KernelMemory {
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: maxPages });
  /** All of it, by bytes, by i32 and by f64. New ones after each `reserve`. */
  bytes = Buffer.from(this.memory.buffer);
  words = new Int32Array(this.memory.buffer);
  numbers = new Float64Array(this.memory.buffer);
  /** Below are 0, which is no pointer, and what the kernel tells of a call. */
  #next = 64;

  /** What stands in it, for `restore`. */
  image(): MemoryImage {
    const { words } = this;
    const runs: [at: number, length: number][] = [];
    let end = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < this.#next / 4; at++) {
      if (words[at] === 0) continue;
      if (at - end > fewZeros) runs.push([4 * at, 0]);
      end = at;
      const run = runs.at(-1)!;
      run[1] = 4 * at + 4 - run[0];
    }
    return {
      size: this.#next,
      runs,
      bytes: Buffer.concat(runs.map(([at, length]) => this.bytes.subarray(at, at + length))),
    };
  }

  /** Of a memory that is empty still. Throws a RangeError where there is no room. */
  restore({ size, runs, bytes }: MemoryImage): void {
    this.reserve(size - this.#next - 64);
    let from = 0;
    for (const [at, length] of runs) {
      this.bytes.set(bytes.subarray(from, from + length), at);
      from += length;
    }
  }

  /** So many bytes, zero, and 64 behind them that may be read. Throws a RangeError where there is no room. */
  reserve(bytes: number): number {
    const at = this.#next;
    this.#next = at + Math.ceil((bytes + 64) / 16) * 16;
    const missing = Math.ceil((this.#next - this.bytes.length) / pageBytes);
    if (missing > 0) {
      this.memory.grow(missing);
      this.bytes = Buffer.from(this.memory.buffer);
      this.words = new Int32Array(this.memory.buffer);
      this.numbers = new Float64Array(this.memory.buffer);
    }
    return at;
  }

  put(table: Int32Array | Uint16Array | Float64Array | Uint8Array): number {
    const at = this.reserve(table.byteLength);
    this.bytes.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), at);
    return at;
  }
}
