import type { CheckedCondition, Leaf, Test, Value } from './checked.ts';
import { type Glob, foldCase } from './glob.ts';
import { childrenOf } from './intern.ts';
import { keyOfTest, keyOfValue } from './key.ts';
import { recalling } from './recall.ts';
import { type ScannedLiteral, type Scanner, compileScanner } from './scanner.ts';

/**
 * Most checks of a rule pack look for literals in a few fields. All literals that are looked for in one value are
 * searched at once, before any rule; a check then costs one bit, and a rule that needs one of its literals is not even
 * looked at where none is found, which is the normal case.
 */

/** Literals of which a value must contain one to pass a test. */
export interface Needed {
  readonly literals: readonly { readonly text: string; readonly atEnd: boolean }[];
  /** The literals are case-folded and the value is searched without case. */
  readonly fold: boolean;
  /** Whoever contains one passes. */
  readonly exact: boolean;
}

/** Undefined where a value may pass the test without any known literal in it. */
export function neededBy(test: Test): Needed | undefined {
  switch (test.kind) {
    case 'text':
      if (test.relation === 'startswith') return undefined;
      return need(test.text, test.relation === 'icontains', true, test.relation === 'endswith');
    case 'glob':
      return neededByGlob(test.glob);
    case 'regex':
      return need(test.regex.required, false, false);
    case 'modified': {
      const needed = test.tests.map(neededBy);
      if (test.modifier === 'allof') {
        const one = needed.find((each) => each !== undefined);
        return one && { ...one, exact: false };
      }
      const all = needed.filter((each) => each !== undefined);
      if (all.length !== needed.length || all.length === 0) return undefined;
      const fold = all.some((each) => each.fold);
      const exact = test.modifier === 'anyof' && all.every((each) => each.exact && each.fold === fold);
      return { literals: all.flatMap(({ literals }) => literals), fold, exact };
    }
    case 'always':
    case 'never':
    case 'compare':
    case 'paths':
    case 'member':
    case 'subset':
    case 'overlap':
    case 'right':
      return undefined;
  }
}

function need(text: string, fold: boolean, exact: boolean, atEnd = false): Needed | undefined {
  return text === '' ? undefined : { literals: [{ text, atEnd }], fold, exact };
}

/** `*text` and `*text*` are found where their literal is. */
function neededByGlob(glob: Glob): Needed | undefined {
  const [first, text, last = '', ...more] = glob.segments;
  const exact = first === '' && typeof text === 'string' && last === '' && more.length === 0;
  return need(longestLiteral(glob), glob.fold, exact, exact && glob.segments.length === 2);
}

function longestLiteral({ segments }: Glob): string {
  const literals = segments.map((segment) => (typeof segment === 'string' ? segment : segment.literal));
  return literals.reduce((longest, literal) => (literal.length > longest.length ? literal : longest), '');
}

/** Where the answer to a check stands once its value was searched. */
export interface Place {
  readonly scanner: Scanner;
  readonly word: number;
  readonly mask: number;
  /** The bit is the answer; otherwise a set bit only says that the check may hold. */
  readonly exact: boolean;
}

/** A value that is searched before the rules run. */
export interface Search {
  readonly value: Value;
  readonly scanner: Scanner;
}

/** Below that, looking for each is as fast. */
const minLiterals = 4;

/** Bounds the tables, some 300 bytes a byte of literal; what is above is looked for by the rules themselves. */
const maxLiteralBytes = 30_000;

export class Prefilter {
  readonly searches: readonly Search[];
  readonly #places = new Map<string, Place>();

  constructor(conditions: readonly CheckedCondition[]) {
    const groups = new Map<string, SearchGroup>();
    const visit = (condition: CheckedCondition): void => {
      if (condition.kind === 'leaf') addLeaf(groups, condition);
      else for (const child of childrenOf(condition)) visit(child);
    };
    for (const condition of conditions) visit(condition);
    this.searches = [...groups.values()]
      .filter((group) => group.literals >= minLiterals)
      .map((group) => ({ value: group.value, scanner: this.#compile(group) }));
  }

  placeOf(leaf: Leaf): Place | undefined {
    return this.#places.get(keyOfLeaf(leaf));
  }

  /** The places of which one must be set for the condition to hold; undefined where it may hold without. */
  needs(condition: CheckedCondition): readonly Place[] | undefined {
    switch (condition.kind) {
      case 'constant':
        return condition.value ? undefined : [];
      case 'leaf': {
        const place = this.placeOf(condition);
        return place && [place];
      }
      case 'not':
        return undefined;
      case 'and':
        return condition.children.map((child) => this.needs(child)).find((places) => places !== undefined);
      case 'or': {
        const needs = condition.children.map((child) => this.needs(child));
        return needs.includes(undefined) ? undefined : needs.flatMap((places) => places ?? []);
      }
    }
  }

  #compile({ leaves }: SearchGroup): Scanner {
    const fold = [...leaves.values()].some((needed) => needed.fold);
    const literals: ScannedLiteral[] = [...leaves.values()].flatMap((needed, bit) =>
      needed.literals.map(({ text, atEnd }) => ({ text: fold ? foldCase(text) : text, bit, atEnd })),
    );
    const scanner = recalling(compileScanner(literals, leaves.size, fold));
    for (const [bit, [key, needed]] of [...leaves].entries()) {
      const exact = needed.exact && needed.fold === fold;
      this.#places.set(key, { scanner, word: bit >> 5, mask: 1 << (bit & 31), exact });
    }
    return scanner;
  }
}

/** The checks that search one value. */
interface SearchGroup {
  readonly value: Value;
  readonly leaves: Map<string, Needed>;
  literals: number;
  bytes: number;
}

function addLeaf(groups: Map<string, SearchGroup>, leaf: Leaf): void {
  const { value, test } = leaf;
  const needed = value.type === 'string' && !value.list ? neededBy(test) : undefined;
  if (!needed) return;
  const valueKey = keyOfValue(value);
  const group = groups.get(valueKey) ?? { value, leaves: new Map<string, Needed>(), literals: 0, bytes: 0 };
  const key = keyOfLeaf(leaf);
  const bytes = needed.literals.reduce((sum, { text }) => sum + text.length, 0);
  if (group.leaves.has(key) || group.bytes + bytes > maxLiteralBytes) return;
  group.leaves.set(key, needed);
  group.literals += needed.literals.length;
  group.bytes += bytes;
  groups.set(valueKey, group);
}

function keyOfLeaf({ value, test }: Leaf): string {
  return `${keyOfValue(value)} ${keyOfTest(test)}`;
}
