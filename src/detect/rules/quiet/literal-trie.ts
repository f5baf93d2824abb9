/** A literal, by what stands for each of its bytes; `bit` is set where one was found. */
export interface TrieLiteral {
  /** Not empty. */
  readonly text: string;
  readonly bit: number;
  /** Counts at the text's end only. */
  readonly atEnd: boolean;
}

/** Literals as the kernel looks for them (kernel/line-kernel.ts: `search`, `walk`). */
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
  /** A bit for each hash of what a literal begins with, `hashOf`. */
  readonly beginnings: Uint8Array;
  /** 1 for each byte that is a literal. */
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

/** The first three bytes of literals; of one of two bytes, whatever may follow them. */
function beginningsOf(
  literals: readonly TrieLiteral[],
  bytes: Uint8Array,
): Pick<LiteralTrie, 'beginnings' | 'singles'> {
  const beginnings = new Uint8Array(8192);
  const singles = new Uint8Array(256);
  const add = (text: string, at: number, beginning: number): void => {
    if (at === 3) {
      const hash = hashOf(beginning);
      beginnings[hash >> 3]! |= 1 << (hash & 7);
    } else if (at === text.length) {
      for (let byte = 0; byte < 256; byte++) add(text, at + 1, beginning | (byte << (8 * at)));
    } else {
      for (const byte of spelled(text, at)) add(text, at + 1, beginning | (byte << (8 * at)));
    }
  };
  const spellings = Map.groupBy(bytes.keys(), (byte) => bytes[byte]);
  const spelled = (text: string, at: number): readonly number[] => spellings.get(text.charCodeAt(at)) ?? [];
  for (const { text } of literals) {
    if (text.length > 1) add(text, 0, 0);
    else for (const byte of spelled(text, 0)) singles[byte] = 1;
  }
  return { beginnings, singles };
}

/** Of three bytes, little-endian, without the bit that sets small letters apart. */
function hashOf(beginning: number): number {
  return Math.imul(beginning | 0x202020, 0x9e3779b1) >>> 16;
}
