/**
 * Searches a text for many literals at once (Aho–Corasick): one table look-up a byte, however many literals there are
 * and whatever the text. For the literals of our own rules on a user agent of 109 bytes it took 0.5 µs where a regular
 * expression of the same literals took 1.2 µs (V8 tries the branches of an alternative one after the other).
 */
export interface Scanner {
  /** Sets `found` to what stands in the text. */
  readonly scan: (text: string) => void;
  /** Bit n (`found[n >> 5] & (1 << (n & 31))`): one of the literals with this bit was found by the last scan. */
  readonly found: Int32Array;
}

export interface ScannedLiteral {
  /** Not empty; case-folded where the scanner folds. */
  readonly text: string;
  readonly bit: number;
  /** Counts at the text's end only. */
  readonly atEnd: boolean;
}

interface State {
  readonly next: Map<number, State>;
  fail: State | undefined;
  /** Bits found when the state is reached, and those that count at the end of the text. */
  readonly found: Set<number>;
  readonly foundAtEnd: Set<number>;
}

/** What a scanner is made of. */
interface ScanTables {
  /** Rows of `width`: the offset of the row that a class of byte leads to. */
  readonly table: Int32Array;
  readonly width: number;
  /** Of each byte; 0 for bytes that stand in no literal. */
  readonly classes: Uint8Array;
  readonly start: number;
  /** Rows from this offset on find something. */
  readonly limit: number;
  /** For each row, in so many words, the bits found there and those that count where the text ends. */
  readonly words: number;
  readonly foundIn: Int32Array;
  readonly foundAtEnd: Int32Array;
}

/** With `fold`, ASCII letters of the text are taken without case. */
function scanTables(literals: readonly ScannedLiteral[], bits: number, fold: boolean): ScanTables {
  const classes = byteClasses(literals, fold);
  const nearestFirst = linkFailures(buildTrie(literals, classes));
  // States that find something stand last, so that the loop has one comparison to make.
  const states = [...nearestFirst].sort((left, right) => Math.sign(left.found.size) - Math.sign(right.found.size));
  const width = Math.max(...classes) + 1;
  const offsets = new Map(states.map((state, n) => [state, n * width]));
  const offsetOf = (state: State): number => offsets.get(state) ?? 0;
  const table = new Int32Array(states.length * width);
  const [root] = nearestFirst;
  const start = root ? offsetOf(root) : 0;
  // Where a state does not lead itself, the state it falls back to does, whose row is written already.
  for (const state of nearestFirst) {
    const row = offsetOf(state);
    if (state.fail === undefined) table.fill(start, row, row + width);
    else table.copyWithin(row, offsetOf(state.fail), offsetOf(state.fail) + width);
    for (const [byteClass, next] of state.next) table[row + byteClass] = offsetOf(next);
  }
  const firstFinding = states.findIndex((state) => state.found.size > 0);
  const words = Math.ceil(bits / 32);
  return {
    table,
    width,
    classes,
    start,
    limit: firstFinding < 0 ? table.length : firstFinding * width,
    words,
    foundIn: packBits(
      states.map((state) => state.found),
      words,
    ),
    foundAtEnd: packBits(
      states.map((state) => state.foundAtEnd),
      words,
    ),
  };
}

export function compileScanner(literals: readonly ScannedLiteral[], bits: number, fold: boolean): Scanner {
  const tables = scanTables(literals, bits, fold);
  const { table, width, classes, start, limit, words, foundIn, foundAtEnd } = tables;
  const found = new Int32Array(words);
  const collect = (from: Int32Array, state: number): void => {
    const first = (state / width) * words;
    for (let word = 0; word < words; word++) found[word]! |= from[first + word]!;
  };
  const mayBegin = firstByteTest(literals);
  const scan = (text: string): void => {
    for (let word = 0; word < words; word++) found[word] = 0;
    if (!mayBegin(text)) return;
    let state = start;
    for (let at = 0; at < text.length; at++) {
      state = table[state + classes[text.charCodeAt(at)]!]!;
      if (state >= limit) collect(foundIn, state);
    }
    collect(foundAtEnd, state);
  };
  return { scan, found };
}

/** Where all literals begin with the same byte that is no letter (`%2e`, `${`), most texts do without a scan. */
function firstByteTest(literals: readonly ScannedLiteral[]): (text: string) => boolean {
  const firsts = new Set(literals.map(({ text }) => text.charAt(0)));
  const [first] = firsts;
  if (first === undefined || firsts.size > 1 || /[a-z]/i.test(first)) return () => true;
  return (text) => text.includes(first);
}

/** Bytes that stand in no literal are all alike: class 0. */
function byteClasses(literals: readonly ScannedLiteral[], fold: boolean): Uint8Array {
  const classes = new Uint8Array(256);
  const used = new Set(literals.flatMap(({ text }) => Array.from(text, (char) => char.charCodeAt(0))));
  for (const [n, byte] of [...used].entries()) classes[byte] = n + 1;
  if (fold) for (let upper = 0x41; upper <= 0x5a; upper++) classes[upper] = classes[upper + 0x20]!;
  return classes;
}

function newState(): State {
  return { next: new Map(), fail: undefined, found: new Set(), foundAtEnd: new Set() };
}

function buildTrie(literals: readonly ScannedLiteral[], classes: Uint8Array): State {
  const top = newState();
  for (const { text, bit, atEnd } of literals) {
    let state = top;
    for (let at = 0; at < text.length; at++) {
      const byteClass = classes[text.charCodeAt(at)] ?? 0;
      const next = state.next.get(byteClass) ?? newState();
      state.next.set(byteClass, next);
      state = next;
    }
    (atEnd ? state.foundAtEnd : state.found).add(bit);
  }
  return top;
}

/** All states, nearest to the root first, each with the state for its longest proper suffix, whose finds are its too. */
function linkFailures(top: State): State[] {
  const states = [top];
  for (const state of states) {
    for (const [byteClass, next] of state.next) {
      next.fail = state === top ? top : (step(state.fail, byteClass) ?? top);
      for (const bit of next.fail.found) next.found.add(bit);
      for (const bit of next.fail.foundAtEnd) next.foundAtEnd.add(bit);
      states.push(next);
    }
  }
  return states;
}

/** Where a byte leads; undefined is the root. */
function step(from: State | undefined, byteClass: number): State | undefined {
  for (let state = from; state !== undefined; state = state.fail) {
    const next = state.next.get(byteClass);
    if (next) return next;
  }
  return undefined;
}

function packBits(sets: readonly ReadonlySet<number>[], words: number): Int32Array {
  const packed = new Int32Array(sets.length * words);
  for (const [n, set] of sets.entries()) {
    for (const bit of set) packed[n * words + (bit >> 5)]! |= 1 << (bit & 31);
  }
  return packed;
}
