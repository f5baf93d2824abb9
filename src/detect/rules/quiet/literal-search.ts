import { foldCase } from '../condition/glob.ts';
import type { Needed } from '../condition/prefilter.ts';
import { type LiteralTrie, literalTrie } from './literal-trie.ts';

/** All literals that rules look for in one field. Bit n of what is found is for the nth of the needs. */
export interface LiteralSearch {
  readonly trie: LiteralTrie;
  /** For each byte of a line, the one of literals that it stands for. */
  readonly bytes: Uint8Array;
  /** A byte that stands in every literal and in few lines; −1 where there is none, −2 where the text is encoded. */
  readonly rare: number;
  /** Whether finding bit n is the answer already. */
  readonly exact: readonly boolean[];
  /** Of each bit: short literals are found more often. */
  readonly ranks: readonly number[];
}

/** Nodes of the trie are numbered with 16 bits. */
const maxLiteralBytes = 0xffff - 1;

/** Fewer are not worth a search of every line, unless they have a rare byte: they are the last of all reasons for a closer look. */
const minLiterals = 4;
const lastRank = 8;

const blank = 0x20;
const plus = 0x2b;

/** Undefined where it would be too large. */
export function literalSearch(decoded: boolean, needs: readonly Needed[]): LiteralSearch | undefined {
  const fold = needs.some((needed) => needed.fold);
  const literals = needs.flatMap((needed, bit) =>
    needed.literals.map(({ text, atEnd }) => ({ text: fold ? foldCase(text) : text, bit, atEnd })),
  );
  const rare = decoded ? -2 : rareByteOf(literals.map(({ text }) => text));
  if (literals.reduce((sum, { text }) => sum + text.length, 0) > maxLiteralBytes) return undefined;
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => {
    if (decoded && byte === plus) return blank;
    return (decoded || fold) && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
  });
  const exact = needs.map((needed) => needed.exact && needed.fold === fold);
  const ranks = needs.map((needed) =>
    literals.length < minLiterals && rare === -1
      ? lastRank
      : 0.5 / Math.min(...needed.literals.map(({ text }) => text.length)),
  );
  return { trie: literalTrie(literals, needs.length, bytes), bytes, ranks, rare, exact };
}

function rareByteOf(literals: readonly string[]): number {
  const [first = ''] = literals;
  const rare = Array.from(first).find(
    (char) => !/[\w\s./:=&?-]/.test(char) && literals.every((text) => text.includes(char)),
  );
  return rare?.charCodeAt(0) ?? -1;
}
