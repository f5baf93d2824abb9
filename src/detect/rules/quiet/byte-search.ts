import { findByte } from '../../../base/next-byte.ts';
import type { Stands } from '../../formats/format.ts';
import { foldCase } from '../condition/glob.ts';
import type { Needed } from '../condition/prefilter.ts';
import { type Scanner, compileScanner } from '../condition/scanner.ts';
import { isNothing } from './byte-texts.ts';

type TextStands = Stands & { readonly as: 'text' };

/** All literals that rules look for in one field, searched in the bytes of a line. */
export interface ByteSearch {
  /** 1 when any was found; `found` then says which. */
  readonly look: (bytes: Buffer, start: number, end: number) => number;
  readonly found: Int32Array;
  /** Of the literals for bit n: whether finding one is the answer already. */
  readonly exact: readonly boolean[];
}

/** Bit n of what is found is for `needs[n]`. */
export function byteSearch(stands: TextStands, needs: readonly Needed[]): ByteSearch {
  const { lowerUnless = [], read } = stands;
  const fold = lowerUnless.length > 0 || needs.some((needed) => needed.fold);
  const literals = needs.flatMap((needed, bit) =>
    needed.literals.map(({ text, atEnd }) => ({ text: fold ? foldCase(text) : text, bit, atEnd })),
  );
  const scanner = compileScanner(literals, needs.length, fold);
  const exact = needs.map((needed) => {
    const lower = needed.literals.every(({ text }) => text === foldCase(text));
    return needed.exact && (needed.fold === fold || (lowerUnless.length > 0 && lower));
  });
  const rare = rareByteOf(literals.map(({ text }) => text));
  const look =
    lowerUnless.length > 0 && read !== undefined
      ? searchDecoded(scanner, lowerUnless, (text) => read(text, undefined))
      : searchWhole(scanner, rare === undefined || lowerUnless.length > 0 ? undefined : findByte(rare));
  return { look, found: scanner.found, exact };
}

function searchWhole(scanner: Scanner, mayStand: ReturnType<typeof findByte> | undefined): ByteSearch['look'] {
  return (bytes, start, end) => {
    if (isNothing(bytes, start, end) || (mayStand !== undefined && !mayStand(bytes, start, end))) return 0;
    return scanner.scanBytes(bytes, start, end) ? 1 : 0;
  };
}

/** What is encoded is decoded first. */
function searchDecoded(
  scanner: Scanner,
  unless: readonly number[],
  read: (text: string) => unknown,
): ByteSearch['look'] {
  const encodes = Uint8Array.from({ length: 256 }, (_, byte) => (unless.includes(byte) ? 1 : 0));
  return (bytes, start, end) => {
    if (isNothing(bytes, start, end)) return 0;
    for (let at = start; at < end; at++) {
      if (encodes[bytes[at]!] === 0) continue;
      const value = read(bytes.toString('latin1', start, end));
      if (typeof value !== 'string') return 0;
      scanner.scan(value);
      return scanner.found.some((word) => word !== 0) ? 1 : 0;
    }
    return scanner.scanBytes(bytes, start, end) ? 1 : 0;
  };
}

/** A byte that stands in every literal and in few lines. */
function rareByteOf(literals: readonly string[]): number | undefined {
  const [first = ''] = literals;
  const rare = Array.from(first).find(
    (char) => !/[\w\s./:=&?-]/.test(char) && literals.every((text) => text.includes(char)),
  );
  return rare?.charCodeAt(0);
}
