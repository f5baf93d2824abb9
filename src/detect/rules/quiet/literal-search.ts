import { foldCase } from '../condition/glob.ts';
import type { Needed } from '../condition/prefilter.ts';
import { type ScanTables, scanTables } from '../condition/scanner.ts';

/** All literals that rules look for in one field. Bit n of what is found is for the nth of the needs. */
export interface LiteralSearch {
  readonly tables: ScanTables;
  /** For each byte of a line, the offset in a row: two for each class. */
  readonly classes: Uint8Array;
  /** The logarithm of a row's bytes. */
  readonly shift: number;
  /** A byte that stands in every literal and in few lines; −1 where there is none, −2 where the text is encoded. */
  readonly rare: number;
  /** Whether finding bit n is the answer already. */
  readonly exact: readonly boolean[];
  /** Of each bit: short literals are found more often. */
  readonly ranks: readonly number[];
}

/** States are numbered with 16 bits, and offsets in a row with 8. */
const maxStates = 0xffff;
const maxClasses = 128;

/** Fewer are not worth a search of every line, unless they have a rare byte. */
const minLiterals = 4;

/** Undefined where a search of every line would not be worth it, or too large. */
export function literalSearch(decoded: boolean, needs: readonly Needed[]): LiteralSearch | undefined {
  const fold = needs.some((needed) => needed.fold);
  const literals = needs.flatMap((needed, bit) =>
    needed.literals.map(({ text, atEnd }) => ({ text: fold ? foldCase(text) : text, bit, atEnd })),
  );
  const rare = decoded ? -2 : rareByteOf(literals.map(({ text }) => text));
  if (literals.length < minLiterals && rare === -1) return undefined;
  const tables = scanTables(literals, needs.length, fold);
  if (tables.width > maxClasses || tables.table.length / tables.width > maxStates) return undefined;
  const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
    return 2 * (tables.classes[decoded ? (decodedByte[byte] ?? 0) : byte] ?? 0);
  });
  const exact = needs.map((needed) => needed.exact && needed.fold === fold);
  const ranks = needs.map((needed) => 0.5 / Math.min(...needed.literals.map(({ text }) => text.length)));
  return { tables, classes, ranks, shift: Math.ceil(Math.log2(2 * tables.width)), rare, exact };
}

/** What decoding makes of a byte in the end: + is a blank, letters are small. */
const decodedByte = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x2b) return 0x20;
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
});

function rareByteOf(literals: readonly string[]): number {
  const [first = ''] = literals;
  const rare = Array.from(first).find(
    (char) => !/[\w\s./:=&?-]/.test(char) && literals.every((text) => text.includes(char)),
  );
  return rare?.charCodeAt(0) ?? -1;
}
