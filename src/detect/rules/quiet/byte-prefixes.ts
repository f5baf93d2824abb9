import type { Test } from '../condition/checked.ts';

const slash = 0x2f;

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

/**
 * Tells in which of the groups a prefix of the text stands, one bit for each. One look-up a byte, and few bytes: most
 * texts part from all prefixes soon.
 */
export function prefixSearch(
  groups: readonly (readonly string[])[],
): (bytes: Buffer, start: number, end: number) => number {
  const next: number[] = newNode();
  const found: number[] = [0];
  for (const [bit, prefixes] of groups.entries()) {
    for (const prefix of prefixes) {
      let node = 0;
      for (const byte of Buffer.from(prefix, 'latin1')) {
        if (next[node * 256 + byte] === 0) {
          next[node * 256 + byte] = found.length;
          next.push(...newNode());
          found.push(0);
        }
        node = next[node * 256 + byte]!;
      }
      found[node]! |= 1 << bit;
    }
  }
  const table = Uint16Array.from(next);
  const bits = Int32Array.from(found);
  return (bytes, start, end) => {
    let at = start;
    while (at < end && bytes[at] === slash) at++;
    let all = 0;
    for (let node = 0; at < end; at++) {
      node = table[node * 256 + bytes[at]!]!;
      if (node === 0) break;
      all |= bits[node]!;
    }
    return all;
  };
}

/** Nodes that the table can number; prefixes of more bytes in all are not searched for. */
export const maxPrefixBytes = 20_000;

function newNode(): number[] {
  return Array<number>(256).fill(0);
}
