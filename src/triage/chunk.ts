/** Rows of a chunk: a power of two, small enough that a row's number within it fits 16 bits. */
export const rowsPerChunk = 16_384;

/** Times so far apart, some eight years, and a row's number fit a double exactly. */
const maxSpanMs = 2 ** 38;

/** The columns that hold numbers of a dictionary; a narrow one takes 65,536 of them. */
export const narrow = ['rule', 'source', 'tags', 'balancer', 'country', 'place', 'assignee'] as const;
export const wide = ['asn', 'client', 'path'] as const;
export type Column = (typeof narrow)[number] | (typeof wide)[number] | 'priority' | 'status';

/** What can be built again from the log, and so can be saved. */
const saved = [
  'priority',
  'rule',
  'source',
  'tags',
  'balancer',
  'country',
  'place',
  ...wide,
] as const satisfies readonly Column[];

/** One alert as numbers. */
export type ChunkRow = { readonly [C in Column]: number } & { readonly position: number; readonly timeMs: number };

/**
 * Alerts in the order of their positions, one typed array a column: 40 bytes an alert, where an object takes ten times that,
 * and a scan of one column of a million alerts takes some milliseconds.
 */
export class Chunk {
  readonly timeMs = new Float64Array(rowsPerChunk);
  readonly columns: { readonly [C in Column]: Uint8Array | Uint16Array | Uint32Array };
  /** Positions less `base`: gaps between positions are small, and a chunk's last is within 32 bits of its first. */
  readonly #positions = new Uint32Array(rowsPerChunk);
  #base = 0;
  /** Rows before this one were removed. */
  start = 0;
  /** One past the last row. */
  end = 0;
  /** Whether no row happened before the one that arrived before it. */
  #isInOrder = true;
  #byTime: Uint16Array = new Uint16Array();
  #ranks: Uint16Array = new Uint16Array();
  minTimeMs = Number.POSITIVE_INFINITY;
  maxTimeMs = Number.NEGATIVE_INFINITY;

  constructor() {
    const shorts = (): Uint16Array => new Uint16Array(rowsPerChunk);
    const longs = (): Uint32Array => new Uint32Array(rowsPerChunk);
    this.columns = {
      priority: new Uint8Array(rowsPerChunk),
      status: new Uint8Array(rowsPerChunk),
      rule: shorts(),
      source: shorts(),
      tags: shorts(),
      balancer: shorts(),
      country: shorts(),
      place: shorts(),
      assignee: shorts(),
      asn: longs(),
      client: longs(),
      path: longs(),
    };
  }

  get isFull(): boolean {
    return this.end === rowsPerChunk;
  }

  push(row: ChunkRow): void {
    const at = this.end;
    if (at === 0) this.#base = row.position;
    this.#positions[at] = row.position - this.#base;
    this.timeMs[at] = row.timeMs;
    for (const column of ['priority', 'status', ...narrow, ...wide] as const) this.columns[column][at] = row[column];
    if (row.timeMs < this.maxTimeMs) this.#isInOrder = false;
    if (row.timeMs < this.minTimeMs) this.minTimeMs = row.timeMs;
    if (row.timeMs > this.maxTimeMs) this.maxTimeMs = row.timeMs;
    this.end = at + 1;
  }

  /** The rows, which are ascending, by their times, ascending; rows of one time stay in their order. May be the same array. */
  inOrderOfTime(rows: Uint16Array): Uint16Array {
    if (this.#isInOrder) return rows;
    const rank = this.#rank();
    if (rows.length === this.end) return this.#byTime.subarray(0, rows.length);
    return rows.slice().sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0));
  }

  /** Sorts now what would be sorted when somebody first asks. */
  prepareOrderOfTime(): void {
    if (!this.#isInOrder) this.#rank();
  }

  /** The place of each row among all, by time. Made when it is first asked for, and again when there are more rows. */
  #rank(): Uint16Array {
    if (this.#byTime.length === this.end) return this.#ranks;
    this.#byTime = this.#sorted();
    this.#ranks = new Uint16Array(this.end);
    for (const [at, row] of this.#byTime.entries()) this.#ranks[row] = at;
    return this.#ranks;
  }

  #sorted(): Uint16Array {
    const { timeMs, minTimeMs, maxTimeMs, end } = this;
    const time = (row: number): number => timeMs[row] ?? 0;
    if (maxTimeMs - minTimeMs >= maxSpanMs)
      return Uint16Array.from({ length: end }, (_, row) => row).sort((a, b) => time(a) - time(b) || a - b);
    // A time and its row in one number: numbers alone are sorted several times as fast as by a function.
    const keys = Float64Array.from({ length: end }, (_, row) => (time(row) - minTimeMs) * rowsPerChunk + row).sort();
    return Uint16Array.from(keys, (key) => key % rowsPerChunk);
  }

  /** False when a position is too far from the chunk's first. */
  takes(position: number): boolean {
    return !this.isFull && (this.end === 0 || position - this.#base < 2 ** 32);
  }

  position(row: number): number {
    return this.#base + (this.#positions[row] ?? 0);
  }

  /** The first row at or after `position`; `end` when there is none. */
  rowAt(position: number): number {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.position(middle) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A full chunk as bytes, without what people decided; in this machine's order of bytes. */
  toBytes(): Uint8Array {
    const parts = [
      Float64Array.of(this.#base),
      this.#positions,
      this.timeMs,
      ...saved.map((column) => this.columns[column]),
    ];
    return Buffer.concat(
      parts.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
    );
  }

  static fromBytes(bytes: Uint8Array): Chunk {
    const chunk = new Chunk();
    const base = new Float64Array(1);
    let at = 0;
    for (const part of [base, chunk.#positions, chunk.timeMs, ...saved.map((column) => chunk.columns[column])]) {
      new Uint8Array(part.buffer).set(bytes.subarray(at, at + part.byteLength));
      at += part.byteLength;
    }
    if (at !== bytes.length) throw new Error(`a chunk of ${bytes.length} bytes where ${at} belong`);
    chunk.#base = base[0] ?? 0;
    chunk.end = rowsPerChunk;
    for (const time of chunk.timeMs) {
      if (time < chunk.maxTimeMs) chunk.#isInOrder = false;
      if (time < chunk.minTimeMs) chunk.minTimeMs = time;
      if (time > chunk.maxTimeMs) chunk.maxTimeMs = time;
    }
    return chunk;
  }
}
