/** A literal, by what stands for each of its bytes; `bit` is set where one was found. */
export interface TrieLiteral {
  /** Not empty. */
  readonly text: string;
  readonly bit: number;
  /** Counts at the text's end only. */
  readonly atEnd: boolean;
}

/** Literals as the kernel looks for them (kernel/literals.ts: `search`, `walk`). */
export interface LiteralTrie {
  /**
   * Four i32 for each node: first child, or where there are many the number of their row, less one and negated; next sibling; byte;
   * one more than the number of its bits (0: none). Number 0 is no node.
   */
  readonly nodes: Int32Array;
  /** Rows of 256: a node's children by their bytes. */
  readonly rows: Uint16Array;
  /** The node that a text beginning with this byte leads to. */
  readonly roots: Int32Array;
  /** So many words for the bits that are found at a node, and as many for those that count at the text's end. */
  readonly words: number;
  readonly bits: Int32Array;
  /**
   * A bit for each hash of the three bytes that a literal begins with; by the first 12 bits of that hash, of how many bytes
   * the next set has hashes, 0 where it says nothing; a bit for each of these.
   */
  readonly beginnings: Uint8Array;
  /** The bytes that are literals, as `singlesOf` says; empty where none is. */
  readonly singles: Uint8Array;
}

/** `bytes`: for each byte of a text, the one of literals that it stands for. */
export function literalTrie(literals: readonly TrieLiteral[], bits: number, bytes: Uint8Array): LiteralTrie {
  const words = Math.ceil(bits / 32);
  const builder = new TrieBuilder(literals.reduce((sum, { text }) => sum + text.length, 1));
  const ends = literals.map(({ text }) => builder.add(text));
  const rows = builder.makeRows();
  const found = new Int32Array(2 * words * literals.length);
  for (const [n, { bit, atEnd }] of literals.entries()) {
    found[2 * words * builder.bitsOf(ends[n]!) + (atEnd ? words : 0) + (bit >> 5)]! |= 1 << (bit & 31);
  }
  return { nodes: builder.nodes(), rows, roots: builder.roots, words, bits: found, ...beginningsOf(literals, bytes) };
}

/** So many are gone through one after the other. */
const fewChildren = 3;

class TrieBuilder {
  readonly roots = new Int32Array(256);
  readonly #nodes: Int32Array;
  #next = 1;
  #withBits = 0;

  constructor(maxNodes: number) {
    this.#nodes = new Int32Array(4 * maxNodes);
  }

  nodes(): Int32Array {
    return this.#nodes.subarray(0, 4 * this.#next);
  }

  /** The node that the text leads to. */
  add(text: string): number {
    const nodes = this.#nodes;
    const first = text.charCodeAt(0);
    let node = (this.roots[first] ||= this.#make(first, 0));
    for (let at = 1; at < text.length; at++) {
      const byte = text.charCodeAt(at);
      let child = nodes[4 * node]!;
      while (child !== 0 && nodes[4 * child + 2] !== byte) child = nodes[4 * child + 1]!;
      node = child === 0 ? (nodes[4 * node] = this.#make(byte, nodes[4 * node]!)) : child;
    }
    return node;
  }

  /** The number of the node's bits. */
  bitsOf(node: number): number {
    return (this.#nodes[4 * node + 3] ||= ++this.#withBits) - 1;
  }

  /** For nodes of many children, once all are there. */
  makeRows(): Uint16Array {
    const nodes = this.#nodes;
    const rows: Uint16Array[] = [];
    for (let node = 1; node < this.#next; node++) {
      let children = 0;
      for (let child = nodes[4 * node]!; child !== 0; child = nodes[4 * child + 1]!) children++;
      if (children <= fewChildren) continue;
      const row = new Uint16Array(256);
      for (let child = nodes[4 * node]!; child !== 0; child = nodes[4 * child + 1]!) row[nodes[4 * child + 2]!] = child;
      nodes[4 * node] = -rows.push(row);
    }
    const all = new Uint16Array(256 * rows.length);
    for (const [n, row] of rows.entries()) all.set(row, 256 * n);
    return all;
  }

  #make(byte: number, sibling: number): number {
    this.#nodes[4 * this.#next + 1] = sibling;
    this.#nodes[4 * this.#next + 2] = byte;
    return this.#next++;
  }
}

/** So many bytes of a literal are looked at together. */
const maxTogether = 16;
/** How many bytes of a beginning are spelled in one way, small and capital letters aside, to be worth a second look. */
const minTogether = 4;

/** What literals begin with, as the kernel asks for it; of one of two bytes, whatever may follow them. */
function beginningsOf(
  literals: readonly TrieLiteral[],
  bytes: Uint8Array,
): Pick<LiteralTrie, 'beginnings' | 'singles'> {
  const spellings = Map.groupBy(bytes.keys(), (byte) => bytes[byte]!);
  const spelled = (text: string, at: number): readonly number[] => spellings.get(text.charCodeAt(at)) ?? [];
  const beginnings = new Uint8Array(longerAt + setBytes);
  const threes = beginnings.subarray(0, setBytes);
  const lengths = beginnings.subarray(lengthsAt, longerAt).fill(maxTogether);
  const longer = beginnings.subarray(longerAt);
  const starting = literals
    .filter(({ text }) => text.length > 1)
    .map(({ text }) => ({ text, hashes: new Set<number>() }));
  for (const { text, hashes } of starting) {
    const add = (at: number, beginning: number): void => {
      if (at === 3) hashes.add(hashOf(beginning));
      else if (at === text.length) for (let byte = 0; byte < 256; byte++) add(at + 1, beginning | (byte << (8 * at)));
      else for (const byte of spelled(text, at)) add(at + 1, beginning | (byte << (8 * at)));
    };
    add(0, 0);
    const together = togetherOf(text, spelled);
    for (const hash of hashes) {
      put(threes, hash);
      lengths[hash >>> 4] = together < minTogether ? 0 : Math.min(together, lengths[hash >>> 4]!);
    }
  }
  for (const { text, hashes } of starting) {
    for (const hash of hashes) {
      const length = lengths[hash >>> 4]!;
      if (length > 0) put(longer, hashOfLonger(text.slice(0, length)));
    }
  }
  return {
    beginnings,
    singles: singlesOf(literals.flatMap(({ text }) => (text.length === 1 ? spelled(text, 0) : []))),
  };
}

const setBytes = 8192;
const lengthsAt = setBytes;
const longerAt = lengthsAt + 4096;

function put(set: Uint8Array, hash: number): void {
  set[hash >> 3]! |= 1 << (hash & 7);
}

/** So many bytes of it stand in a line as they are, small and capital letters aside. */
function togetherOf(text: string, spelled: (text: string, at: number) => readonly number[]): number {
  let at = 0;
  while (at < Math.min(text.length, maxTogether) && new Set(spelled(text, at).map((byte) => byte | 0x20)).size === 1)
    at++;
  return at;
}

/**
 * Four times 16 bytes: for the right half of a byte the left ones with which it is in the set, a bit each, and for the left
 * half this bit; the same for the upper eight left halves. Empty where no byte is.
 */
function singlesOf(bytes: readonly number[]): Uint8Array {
  if (bytes.length === 0) return new Uint8Array();
  const tables = new Uint8Array(64);
  for (const byte of bytes) tables[(byte < 0x80 ? 0 : 32) + (byte & 15)]! |= 1 << ((byte >> 4) & 7);
  for (let left = 0; left < 16; left++) tables[(left < 8 ? 16 : 48) + left] = 1 << (left & 7);
  return tables;
}

/** Of three bytes, little-endian, without the bit that sets small letters apart. */
function hashOf(beginning: number): number {
  return Math.imul(beginning | 0x202020, 0x9e3779b1) >>> 16;
}

/** Of up to 16 bytes, likewise. */
function hashOfLonger(text: string): number {
  const words = new Int32Array(4);
  for (let at = 0; at < text.length; at++) words[at >> 2]! |= (text.charCodeAt(at) | 0x20) << (8 * (at & 3));
  const [a = 0, b = 0, c = 0, d = 0] = words;
  const sum = Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca6b) + Math.imul(c, 0xc2b2ae35) + Math.imul(d, 0x27d4eb2f);
  return (sum | 0) >>> 16;
}
