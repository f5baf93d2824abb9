import type { CheckedCondition, Leaf, Test } from './checked.ts';
import type { Glob } from './glob.ts';
import { keyOfValue } from './key.ts';

/**
 * What a check needs to find in its value to hold: one of these literals. Checks on one value share one pattern of all
 * their literals (`literals.ts`); where it finds nothing, which is the normal case, none of them holds.
 */
export interface Requirement {
  /** `keyOfValue` of the value that is searched. */
  readonly key: string;
  readonly literals: readonly string[];
  /** True when the literals are case-folded and the value is to be searched without case. */
  readonly fold: boolean;
}

export function requirementOf({ value, test }: Leaf): Requirement | undefined {
  if (value.type !== 'string' || value.list) return undefined;
  const needed = neededBy(test);
  return needed && { key: keyOfValue(value), ...needed };
}

type Needed = Pick<Requirement, 'literals' | 'fold'>;

function neededBy(test: Test): Needed | undefined {
  switch (test.kind) {
    case 'text':
      if (test.relation !== 'contains' && test.relation !== 'icontains') return undefined;
      return searchable(test.text, test.relation === 'icontains');
    case 'glob':
      return searchable(longestLiteral(test.glob), test.glob.fold);
    case 'regex':
      return searchable(test.regex.required, false);
    case 'modified': {
      const needed = test.tests.map(neededBy);
      if (test.modifier === 'allof') return needed.find((one) => one !== undefined);
      const all = needed.filter((one) => one !== undefined);
      if (all.length !== needed.length || all.length === 0) return undefined;
      return { literals: all.flatMap(({ literals }) => literals), fold: all.some(({ fold }) => fold) };
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

/** One byte is in nearly every text: not worth a place in the pattern. */
function searchable(literal: string, fold: boolean): Needed | undefined {
  return literal.length < 2 ? undefined : { literals: [literal], fold };
}

function longestLiteral({ segments }: Glob): string {
  return segments.reduce<string>(
    (longest, segment) => (typeof segment === 'string' && segment.length > longest.length ? segment : longest),
    '',
  );
}

/**
 * The keys of values in one of which something must be found for the condition to hold; undefined where it may hold
 * without. `groups` are the keys that have a pattern.
 */
export function impliedKeys(condition: CheckedCondition, groups: ReadonlySet<string>): ReadonlySet<string> | undefined {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? undefined : new Set();
    case 'leaf': {
      const key = requirementOf(condition)?.key;
      return key !== undefined && groups.has(key) ? new Set([key]) : undefined;
    }
    case 'not':
      return undefined;
    case 'and':
      return condition.children.map((child) => impliedKeys(child, groups)).find((keys) => keys !== undefined);
    case 'or': {
      const implied = condition.children.map((child) => impliedKeys(child, groups));
      return implied.includes(undefined) ? undefined : new Set(implied.flatMap((keys) => [...(keys ?? [])]));
    }
  }
}
