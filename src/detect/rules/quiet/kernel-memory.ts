const pageBytes = 64 * 1024;
/** Our own rules take 17 MB, most of it slots of texts that never come. Rules whose tables do not fit go without a kernel. */
const maxPages = 2048;

/** The memory that the kernel works on, filled from below with tables while the rules are compiled. */
export class KernelMemory {
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: maxPages });
  /** All of it, by bytes, by i32 and by f64. New ones after each `reserve`. */
  bytes = Buffer.from(this.memory.buffer);
  words = new Int32Array(this.memory.buffer);
  numbers = new Float64Array(this.memory.buffer);
  /** Below are 0, which is no pointer, and what the kernel tells of a call. */
  #next = 64;

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
