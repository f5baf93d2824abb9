import type { CheckedCondition, Leaf } from '../condition/checked.ts';
import { neededBy } from '../condition/prefilter.ts';

/**
 * The same condition, of checks that a search for literals settles as far as it can, so that a text is cut out and asked only
 * for the rest: of `anyof` the literals are one check and every other test is its own; a glob `*A*B*` is asked where both
 * are found. `searched`: whether literals are searched in a check's value.
 */
export function splitLeaves(condition: CheckedCondition, searched: (leaf: Leaf) => boolean): CheckedCondition {
  switch (condition.kind) {
    case 'constant':
      return condition;
    case 'not':
      return { kind: 'not', child: splitLeaves(condition.child, searched) };
    case 'and':
    case 'or':
      return { kind: condition.kind, children: condition.children.map((child) => splitLeaves(child, searched)) };
    case 'leaf':
      return searched(condition) ? split(condition) : condition;
  }
}

function split(leaf: Leaf): CheckedCondition {
  const { test } = leaf;
  if (test.kind === 'glob') {
    const { segments, fold } = test.glob;
    const literals = segments.filter((segment) => typeof segment === 'string').filter((text) => text !== '');
    if (literals.length < 2) return leaf;
    const relation = fold ? 'icontains' : 'contains';
    const found = literals.map((text): Leaf => ({ ...leaf, test: { kind: 'text', relation, text } }));
    return { kind: 'and', children: [...found, leaf] };
  }
  if (test.kind !== 'modified' || test.modifier !== 'anyof') return leaf;
  const groups = Map.groupBy(test.tests, (one) => {
    const needed = neededBy(one);
    return needed?.exact === true ? needed.fold : one;
  });
  const children = Array.from(groups.values(), (tests): CheckedCondition => {
    const [first] = tests;
    return tests.length === 1 && first ? split({ ...leaf, test: first }) : { ...leaf, test: { ...test, tests } };
  });
  return children.length === 1 ? leaf : { kind: 'or', children };
}
