import type { RegularLines } from '../../formats/format.ts';
import { columnPart } from '../../formats/format.ts';
import type { Atom, Source } from './bounded.ts';
import type { PrefixTable } from './byte-prefixes.ts';
import { KernelMemory } from './kernel-memory.ts';
import { kernelBinary } from './line-kernel-binary.ts';
import type { LiteralSearch } from './literal-search.ts';

/** What kernel/line-kernel.ts exports. Addresses and counts. */
interface KernelExports {
  setShape(
    required: number,
    known: number,
    time: number,
    letter: number,
    client: number,
    target: number,
    request: number,
    words: number,
  ): void;
  setTables(bounds: number, scratch: number, ops: number, opCount: number, maxLineBytes: number): void;
  next(at: number, end: number): number;
  remember(start: number, end: number, slots: number, answer: number): void;
}

/** The kernel's number for each kind of question. */
const kinds = { recall: 0, search: 1, prefixes: 2, uint: 3, millis: 4, length: 5, same: 6 } as const;

interface Question {
  readonly kind: keyof typeof kinds;
  readonly part: number;
  /** Where the kernel writes the answer. */
  readonly result: number;
  /** A byte that a searched text must have; else −1. */
  readonly rare?: number;
  readonly rest: readonly number[];
  /** What is remembered of a text without value. */
  readonly nothing?: () => number;
  readonly source: Source;
}

let module: WebAssembly.Module | undefined;

/** Lines are copied to the kernel's memory by so much; longer ones are not its business. */
const windowBytes = 512 * 1024;
const maxLineBytes = 60_000;

/** What `next` says of its last call (kernel/line-kernel.ts: `state`), as i32. */
const stateAt = 16 / 4;

const slotsBytes = 2048 * 272;

/**
 * The kernel at work: rules ask their questions once, then `next` goes from line to line and stops at those whose answers
 * call for a closer look. Answers and bounds of that line can be read until the next call.
 *
 * It is WebAssembly because JavaScript looks at one byte at a time: with all questions of our own rules a line of 680 bytes
 * takes 1.0 µs here and took 3.4 µs there (1.3 of them to find the columns), both on the same busy machine.
 */
export class LineKernel {
  readonly memory = new KernelMemory();
  /** Lines passed by the last call. */
  passed = 0;
  /** Whether the line it stopped at is regular: only then have its answers a meaning. */
  regular = false;
  /** Where that line ends, in the bytes given. */
  lineEnd = 0;
  readonly #exports: KernelExports;
  readonly #bounds: number;
  readonly #window: number;
  readonly #questions: Question[] = [];
  /** What the code calls `late`. */
  readonly lateAnswers: (() => number)[] = [];
  #numbersAt: readonly number[] = [];
  #block: Buffer | undefined;
  #from = 0;
  #to = 0;

  constructor(lines: RegularLines) {
    this.#bounds = this.memory.reserve(8 * columnPart(lines.known));
    this.#window = this.memory.reserve(windowBytes);
    module ??= new WebAssembly.Module(Buffer.from(kernelBinary, 'base64'));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory.memory, abort } });
    this.#exports = exports as KernelExports;
    const types = lines.types.flatMap((type) => {
      const word = Buffer.alloc(16);
      word.writeUInt32LE(type.length, 0);
      word.write(type, 8, 8, 'latin1');
      return Array.from(word);
    });
    this.#exports.setShape(
      lines.required,
      lines.known,
      lines.time,
      lines.name,
      lines.client,
      lines.target,
      lines.request,
      lines.types.length === 0 ? 0 : this.memory.put(Uint8Array.from([...types, 0, 0, 0, 0])),
    );
  }

  /** Bits that `judge` has for the part's text, remembered for texts that come again. */
  askRemembered(part: number, judge: (text: string) => number): Source {
    const slots = this.memory.reserve(slotsBytes);
    const result = this.memory.reserve(4);
    const answer = (): number => {
      const bits = judge(this.text(part));
      const [start, end] = this.#boundsOf(part);
      this.#exports.remember(start, end, slots, bits);
      return (this.memory.words[result / 4] = bits);
    };
    return this.#ask({ kind: 'recall', part, result, rest: [slots], nothing: () => judge('-') }, answer);
  }

  /** 1 where a literal was found, its bits then in `wordCode`. */
  askSearch(part: number, { tables, classes, rare, shift }: LiteralSearch): Source {
    const { table, width, words, foundIn, foundAtEnd } = tables;
    const rows = new Uint16Array((table.length / width) << (shift - 1));
    for (let at = 0, row = 0; at < table.length; at += width, row += 1 << (shift - 1)) {
      for (let n = 0; n < width; n++) rows[row + n] = table[at + n]! / width;
    }
    // The bits of a row and those that count at the end of the text, side by side.
    const bits = new Int32Array(2 * foundIn.length);
    for (let at = 0; at < foundIn.length; at += words) {
      bits.set(foundIn.subarray(at, at + words), 2 * at);
      bits.set(foundAtEnd.subarray(at, at + words), 2 * at + words);
    }
    const rest = [
      this.memory.put(classes),
      shift,
      tables.limit / width,
      tables.start / width,
      this.memory.put(rows),
      this.memory.put(bits),
      words,
    ];
    return this.#ask({ kind: 'search', part, result: this.memory.reserve(4 + 4 * words), rare, rest });
  }

  askPrefixes(part: number, { next, bits }: PrefixTable): Source {
    const result = this.memory.reserve(4);
    return this.#ask({ kind: 'prefixes', part, result, rest: [this.memory.put(next), this.memory.put(bits)] });
  }

  /** Bit 0 where the parts are the same text, bit 1 where they are not. */
  askSame(part: number, other: number): Source {
    return this.#ask({ kind: 'same', part, result: this.memory.reserve(4), rest: [other] });
  }

  /** A number, −1 for one that is too long to be exact, NaN for none; `code` gives it. */
  askNumber(kind: 'uint' | 'millis' | 'length', part: number): { readonly source: Source; readonly code: string } {
    const result = this.memory.reserve(8);
    const source: Source = {};
    this.#questions.push({ kind, part, result, rest: [], source });
    return { source, code: `n[${result / 8}]` };
  }

  /** Code of the word `word` of what a search found. */
  wordCode(source: Source, word: number): string {
    const result = this.#questions.find((question) => question.source === source)?.result ?? 0;
    return `r[${result / 4 + 1 + word}]`;
  }

  /** Whether the line that `next` stopped at has a number that is too long to be exact. */
  isBeyond(): boolean {
    const { numbers } = this.memory;
    for (const at of this.#numbersAt) if (numbers[at] === -1) return true;
    return false;
  }

  /** No more questions: it will stop at lines that have one of the reasons, or with `always` at every regular line. */
  begin(reasons: readonly Atom[], always: boolean): void {
    this.#numbersAt = this.#questions.flatMap(({ source, result }) => (source.code === undefined ? [result / 8] : []));
    const bySource = Map.groupBy(reasons, ({ source }) => source);
    // A part is the same as itself or it is not.
    const everyLine = always ? this.askSame(0, 0) : undefined;
    const ops = this.#questions.flatMap(({ kind, part, result, rare, rest, nothing, source }) => {
      const atoms = bySource.get(source) ?? [];
      const mask = source === everyLine ? 3 : 0;
      const alarm = atoms.reduce((all, { bits }) => all | (bits?.mask ?? 0), mask);
      const more = [...rest, ...(nothing ? [nothing()] : [])];
      if (kind === 'search') more.push(this.#putMasks(atoms, result / 4 + 1, rest.at(-1) ?? 0));
      if (source.code === undefined) more.push(...this.#putIntervals(atoms));
      return [kinds[kind], part, result, rare ?? alarm, ...more, ...Array<number>(8 - more.length).fill(0)];
    });
    this.#exports.setTables(
      this.#bounds,
      this.memory.reserve(maxLineBytes),
      this.memory.put(Int32Array.from(ops)),
      this.#questions.length,
      maxLineBytes,
    );
  }

  /**
   * From the line at `at` on, the first one that needs a closer look; the length of the bytes where there is none. A Buffer
   * once given must not change.
   */
  next(bytes: Buffer, at: number): number {
    this.passed = 0;
    let from = at;
    while (from < bytes.length) {
      if (bytes !== this.#block || from < this.#from || from >= this.#to) this.#load(bytes, from);
      const shift = this.#window - this.#from;
      const found = this.#exports.next(from + shift, this.#to + shift);
      const { words } = this.memory;
      this.passed += words[stateAt] ?? 0;
      from = found - shift;
      if (from >= this.#to && this.#to > this.#from) continue;
      this.regular = words[stateAt + 1] === 1 && this.#to > this.#from;
      this.lineEnd = (words[stateAt + 2] ?? 0) - shift;
      return from;
    }
    return bytes.length;
  }

  /** The part's text, of the line that `next` stopped at. */
  text(part: number): string {
    return this.memory.bytes.toString('latin1', ...this.#boundsOf(part));
  }

  /** Copies as many whole lines as there is room for; none where the first one is too long. */
  #load(bytes: Buffer, at: number): void {
    let to = Math.min(at + windowBytes, bytes.length);
    if (to < bytes.length) to = Math.max(at, bytes.lastIndexOf(0x0a, to - 1) + 1);
    bytes.copy(this.memory.bytes, this.#window, at, to);
    // The last line of an object may end without one.
    this.memory.bytes[this.#window + to - at] = 0x0a;
    this.#block = bytes;
    this.#from = at;
    this.#to = to;
  }

  #boundsOf(part: number): [number, number] {
    const at = this.#bounds / 4 + 2 * part;
    return [this.memory.words[at] ?? 0, this.memory.words[at + 1] ?? 0];
  }

  #putIntervals(atoms: readonly Atom[]): readonly number[] {
    const intervals = atoms.flatMap((atom) => atom.intervals ?? []);
    const at = this.memory.put(Float64Array.from(intervals.flat()));
    return [at, at + 16 * intervals.length];
  }

  /** A mask for each word of what a search found. */
  #putMasks(atoms: readonly Atom[], firstWord: number, words: number): number {
    const masks = new Int32Array(words);
    for (const { bits } of atoms) {
      const word = Array.from(masks.keys()).find((n) => bits?.word === `r[${firstWord + n}]`);
      if (word !== undefined) masks[word]! |= bits?.mask ?? 0;
    }
    return this.memory.put(masks);
  }

  /** `late` answers where the kernel could not (−1). */
  #ask(question: Omit<Question, 'source'>, late?: () => number): Source {
    const answer = `r[${question.result / 4}]`;
    if (late) this.lateAnswers.push(late);
    const source = { code: late ? `(${answer} < 0 ? late[${this.lateAnswers.length - 1}]() : ${answer})` : answer };
    this.#questions.push({ ...question, source });
    return source;
  }
}

function abort(): never {
  throw new Error('the line kernel broke');
}
