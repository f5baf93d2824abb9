import type { Test } from '../condition/checked.ts';

/**
 * With what a value must begin to pass a test, leading slashes aside (`pmatch` does not count them); undefined where that
 * does not say anything.
 */
export function prefixesOf(test: Test): readonly string[] | undefined {
  const prefixes = beginnings(test)?.map((text) => text.replace(/^\/+/, ''));
  return prefixes === undefined || prefixes.includes('') ? undefined : prefixes;
}

function beginnings(test: Test): readonly string[] | undefined {
  switch (test.kind) {
    case 'compare':
      return test.relation === '=' && typeof test.operand === 'string' ? [test.operand] : undefined;
    case 'member':
      return test.operands.every((operand) => typeof operand === 'string') ? test.operands : undefined;
    case 'text':
      return test.relation === 'startswith' ? [test.text] : undefined;
    case 'paths':
      return test.tree.complete || test.tree.globs.length > 0 ? undefined : [...test.tree.literal.keys()];
    case 'modified': {
      const all = test.tests.map(beginnings).filter((each) => each !== undefined);
      return test.modifier === 'anyof' && all.length === test.tests.length ? all.flat() : undefined;
    }
    case 'always':
    case 'never':
    case 'glob':
    case 'regex':
    case 'subset':
    case 'overlap':
    case 'right':
      return undefined;
  }
}

/** A trie as the kernel walks it, one look-up a byte: most texts part from all prefixes soon. */
export interface PrefixTable {
  /** Rows of 256: where a byte leads; 0 is nowhere, and the row to begin with. */
  readonly next: Uint16Array;
  /** Bit n of a row: a prefix of `groups[n]` ends there. */
  readonly bits: Int32Array;
}

export function prefixTable(groups: readonly (readonly string[])[]): PrefixTable {
  const next = [newRow()];
  const bits = [0];
  for (const [bit, prefixes] of groups.entries()) {
    for (const prefix of prefixes) {
      let row = 0;
      for (const byte of Buffer.from(prefix, 'latin1')) {
        if (next[row]![byte] === 0) {
          next[row]![byte] = next.length;
          next.push(newRow());
          bits.push(0);
        }
        row = next[row]![byte]!;
      }
      bits[row]! |= 1 << bit;
    }
  }
  const rows = new Uint16Array(256 * next.length);
  for (const [n, row] of next.entries()) rows.set(row, 256 * n);
  return { next: rows, bits: Int32Array.from(bits) };
}

function newRow(): Uint16Array {
  return new Uint16Array(256);
}

/** Rows that the table can number; prefixes of more bytes in all are not looked for. */
export const maxPrefixBytes = 20_000;
