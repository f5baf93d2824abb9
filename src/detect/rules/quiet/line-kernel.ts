import type { RegularLines } from '../../formats/format.ts';
import { columnPart, piece } from '../../formats/format.ts';
import type { Atom, Reason, Source } from './bounded.ts';
import type { PrefixTable } from './byte-prefixes.ts';
import { type KernelExports, startKernel } from './kernel-exports.ts';
import { intervalBits, putIntervals } from './interval-bits.ts';
import type { KernelLayout, Recalled } from './kernel-layout.ts';
import { KernelMemory } from './kernel-memory.ts';
import { shapeOf } from './kernel-shape.ts';
import type { LiteralSearch } from './literal-search.ts';
import { sized, type Term, termWords } from './way-words.ts';

/** In the order in which the kernel asks. */
const kinds = ['recall', 'search', 'prefixes', 'uint', 'millis', 'length', 'same'] as const;

interface Question {
  readonly kind: (typeof kinds)[number];
  readonly part: number;
  /** Where the kernel writes the answer. */
  readonly result: number;
  /** A byte that a searched text must have; else −1. */
  readonly rare?: number;
  /** What else the kernel must know, once all questions are asked. */
  readonly rest: () => readonly number[];
  readonly source: Source;
}

/** Lines are copied to the kernel's memory by so much; longer ones are not its business. */
const windowBytes = 512 * 1024;
const maxLineBytes = 60_000;

/** What `next` says of its last call (kernel/line-kernel.ts: `state`), as i32. */
const stateAt = 16 / 4;

/** Slots (a power of two) and bytes for the texts of a part: addresses are short and many, a user agent is long. */
const addressRoom = { slotCount: 32_768, textBytes: 768 * 1024 };
const textRoom = { slotCount: 8_192, textBytes: 384 * 1024 };

const opBytes = 48;

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
  /** Where the parts' bounds stand in the memory. */
  readonly bounds: number;
  readonly #window: number;
  readonly #shape: KernelLayout['shape'];
  #tables: KernelLayout['tables'] | undefined;
  readonly #recalled: Recalled[] = [];
  readonly #questions: Question[] = [];
  /** What the code calls `late`. */
  readonly lateAnswers: (() => number)[] = [];
  #block: Buffer | undefined;
  #from = 0;
  #to = 0;

  /** `again`: of the same lines; its texts are judged by `judges`, as those that `askRemembered` was given. No questions then. */
  constructor(lines: RegularLines, again?: KernelLayout, judges: readonly ((text: string) => number)[] = []) {
    if (again !== undefined) {
      this.memory.restore(again.memory);
      this.bounds = again.bounds;
      this.#window = again.window;
      this.#shape = again.shape;
      this.#exports = startKernel(this.memory);
      this.#exports.setShape(...again.shape);
      this.#setTables(again.tables);
      for (const [n, judge] of judges.entries()) this.lateAnswers.push(this.#lateAnswer(again.recalled[n]!, judge));
      return;
    }
    this.bounds = this.memory.reserve(8 * columnPart(lines.known) + 4 * 68);
    this.#window = this.memory.reserve(windowBytes);
    this.#exports = startKernel(this.memory);
    this.#shape = shapeOf(lines, this.memory);
    this.#exports.setShape(...this.#shape);
  }

  /** Undefined before `begin`. To be asked before the first line: texts are not remembered. */
  layout(): KernelLayout | undefined {
    if (this.#tables === undefined) return undefined;
    return {
      bounds: this.bounds,
      window: this.#window,
      shape: this.#shape,
      tables: this.#tables,
      recalled: this.#recalled,
      memory: this.memory.image(),
    };
  }

  /** Bits that `judge` has for the part's text, remembered for texts that come again. */
  askRemembered(part: number, judge: (text: string) => number): Source {
    const { slotCount, textBytes } = part === piece.clientIp || part === piece.targetIp ? addressRoom : textRoom;
    const slots = this.memory.reserve(4 * slotCount);
    const texts = this.memory.reserve(textBytes);
    const room = this.memory.put(Int32Array.from([slots, slotCount - 1, texts, texts + textBytes, texts]));
    const result = this.memory.reserve(4);
    const recalled: Recalled = { part, room, result };
    this.#recalled.push(recalled);
    const rest = (): readonly number[] => [slots, judge('-'), slotCount - 1];
    return this.#ask({ kind: 'recall', part, result, rest }, this.#lateAnswer(recalled, judge));
  }

  #lateAnswer({ part, room, result }: Recalled, judge: (text: string) => number): () => number {
    return () => {
      const bits = judge(this.text(part));
      const [start, end] = this.#boundsOf(part);
      this.#exports.remember(start, end, room, bits);
      return (this.memory.words[result / 4] = bits);
    };
  }

  #setTables(tables: KernelLayout['tables']): void {
    this.#tables = tables;
    this.#exports.setTables(...tables);
  }

  /** 1 where a literal was found, else 0; behind it the words of its bits. */
  askSearch(part: number, { trie, bytes, rare }: LiteralSearch): Source {
    const { words } = trie;
    const bits = this.memory.put(trie.bits);
    const nodes = this.memory.put(trie.nodes);
    const end = (nodes + trie.nodes.byteLength) / 4;
    const rows = this.memory.put(trie.rows);
    // In place of the numbers of a node's bits and row, where they stand.
    for (let at = nodes / 4; at < end; at += 4) {
      const child = this.memory.words[at]!;
      const number = this.memory.words[at + 3]!;
      if (child < 0) this.memory.words[at] = -(rows + 512 * (-child - 1));
      if (number > 0) this.memory.words[at + 3] = bits + 8 * words * (number - 1);
    }
    const rest = [
      this.memory.put(trie.beginnings),
      trie.singles.length === 0 ? 0 : this.memory.put(trie.singles),
      this.memory.put(bytes),
      this.memory.put(trie.roots),
      nodes,
      0,
      words,
    ];
    return this.#ask({ kind: 'search', part, result: this.memory.reserve(4 + 4 * words), rare, rest: () => rest });
  }

  askPrefixes(part: number, { next, bits }: PrefixTable): Source {
    const result = this.memory.reserve(4);
    const rest = [this.memory.put(next), this.memory.put(bits)];
    return this.#ask({ kind: 'prefixes', part, result, rest: () => rest });
  }

  /** Bit 0 where the parts are the same text, bit 1 where they are not. */
  askSame(part: number, other: number): Source {
    return this.#ask({ kind: 'same', part, result: this.memory.reserve(4), rest: () => [other] });
  }

  /** A number, NaN for none; `code` gives it. */
  askNumber(kind: 'uint' | 'millis' | 'length', part: number): { readonly source: Source; readonly code: string } {
    const result = this.memory.reserve(16);
    const source: Source = { at: result / 4 + 2 };
    this.#questions.push({ kind, part, result, rest: () => [], source });
    return { source, code: `n[${result / 8}]` };
  }

  /**
   * No more questions. It will stop at lines of which all reasons of one of the ways are there, each of them by one of its
   * atoms; a way without reasons is every line's.
   */
  begin(ways: readonly (readonly Reason[])[]): void {
    const reasons = ways.some((way) => way.length === 0) ? this.#withEveryLine(ways) : ways;
    const intervals = intervalBits(reasons.flatMap((way) => way.flatMap(({ atoms }) => atoms)));
    const termOf = (atom: Atom): Term => {
      const at = atom.bits?.word ?? atom.source?.at ?? 0;
      return { at, mask: atom.bits?.mask ?? intervals.get(atom) ?? 0 };
    };
    // One reason of each way is asked of every line, the others where it is there.
    const firsts = Map.groupBy(
      reasons.flatMap(([first]) => first?.atoms ?? []),
      ({ source }) => source,
    );
    const ops = this.#questions.map(({ kind, part, result, rare, rest, source }) => {
      const atoms = firsts.get(source) ?? [];
      const alarm = atoms.reduce((all, atom) => all | termOf(atom).mask, 0);
      const more = [...rest()];
      if (kind === 'search') more.push(this.#putMasks(atoms.map(termOf), result / 4 + 1, more.at(-1) ?? 0));
      if (source.code === undefined) more.push(...putIntervals(this.memory, source, intervals));
      const words = [0, part, result, rare ?? alarm, ...more, ...Array<number>(8 - more.length).fill(0)];
      return { kind, words, first: alarm !== 0 };
    });
    const wayWords = reasons.flatMap((way) => sized(way.flatMap(({ atoms }) => sized(termWords(atoms.map(termOf))))));
    this.#setTables([
      this.bounds,
      this.memory.put(
        Buffer.concat([
          Buffer.from([' ', '"', '\n', '\\', '\x1f'].map((sign) => sign.repeat(16)).join('')),
          Buffer.alloc(32, 0xff),
          Buffer.alloc(32),
        ]),
      ),
      this.memory.reserve(maxLineBytes),
      this.#putOps(ops.filter(({ first }) => first)),
      this.#putOps(ops.filter(({ first }) => !first)),
      this.memory.put(Int32Array.from(wayWords)),
      4 * wayWords.length,
      maxLineBytes,
    ]);
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
    const at = this.bounds / 4 + 2 * part;
    return [this.memory.words[at] ?? 0, this.memory.words[at + 1] ?? 0];
  }

  #withEveryLine(ways: readonly (readonly Reason[])[]): readonly (readonly Reason[])[] {
    // A part is the same as itself or it is not.
    const everyLine: Atom = { kind: 'atom', source: this.askSame(0, 0), bits: { mask: 3 }, rank: 0 };
    return ways.map((way) => (way.length === 0 ? [{ atoms: [everyLine], rank: 0 }] : way));
  }

  /** Where the questions stand: the first, then for each kind the end of its last. */
  #putOps(ops: readonly Op[]): number {
    const sorted = kinds.map((kind) => ops.filter((op) => op.kind === kind));
    let at = this.memory.put(Int32Array.from(sorted.flat().flatMap(({ words }) => words)));
    return this.memory.put(Int32Array.from([at, ...sorted.map(({ length }) => (at += opBytes * length))]));
  }

  /** A mask for each word of what a search found. */
  #putMasks(terms: readonly Term[], firstWord: number, words: number): number {
    const masks = new Int32Array(words);
    for (const { at, mask } of terms) masks[at - firstWord]! |= mask;
    return this.memory.put(masks);
  }

  /** `late` answers where the kernel could not (−1). */
  #ask(question: Omit<Question, 'source'>, late?: () => number): Source {
    const answer = `r[${question.result / 4}]`;
    if (late) this.lateAnswers.push(late);
    const source = {
      at: question.result / 4,
      code: late ? `(${answer} < 0 ? late[${this.lateAnswers.length - 1}]() : ${answer})` : answer,
    };
    this.#questions.push({ ...question, source });
    return source;
  }
}

interface Op {
  readonly kind: Question['kind'];
  readonly words: readonly number[];
}
