import type { CheckedCondition, Leaf, Operand, Test } from './checked.ts';
import { keyOfValue } from './key.ts';
import { neededBy } from './prefilter.ts';

/**
 * Puts the alternatives of an `or` that look at the same value into one check, which one pattern or set can answer.
 *
 *   a contains x or b = 1 or a icontains y     a anyof (contains x, icontains y) or b = 1
 *   a startswith x or a startswith y           a anyof (startswith x, startswith y)
 *   a = 1 or a = 2 or a in (3, 4)              a in (1, 2, 3, 4)
 */
export function merge(condition: CheckedCondition): CheckedCondition {
  switch (condition.kind) {
    case 'constant':
    case 'leaf':
      return condition;
    case 'not':
      return { kind: 'not', child: merge(condition.child) };
    case 'and':
      return { kind: 'and', children: condition.children.map(merge) };
    case 'or': {
      const children = mergeAlternatives(condition.children.map(merge));
      return children.length === 1 && children[0] ? children[0] : { kind: 'or', children };
    }
  }
}

function mergeAlternatives(children: readonly CheckedCondition[]): readonly CheckedCondition[] {
  const groups = new Map<string | number, CheckedCondition[]>();
  for (const [index, child] of children.entries()) {
    const kind = child.kind === 'leaf' ? mergeable(child) : undefined;
    const key = kind && child.kind === 'leaf' ? `${kind} ${keyOfValue(child.value)}` : index;
    const group = groups.get(key);
    if (group) group.push(child);
    else groups.set(key, [child]);
  }
  return [...groups.values()].flatMap(mergeGroup);
}

/**
 * Checks of one kind are merged: those that need a literal found (together they need one of all), those that look at
 * the beginning (a literal there is often a common one: searching for it would hardly ever spare anything), equality.
 */
function mergeable({ value, test }: Leaf): 'needs' | 'starts' | 'equals' | undefined {
  if (equalOperands(test)) return 'equals';
  if (value.type !== 'string' || value.list) return undefined;
  if (neededBy(test) && alternatives(test)) return 'needs';
  return alternatives(test)?.every((one) => one.kind === 'text' && one.relation === 'startswith')
    ? 'starts'
    : undefined;
}

function mergeGroup(group: readonly CheckedCondition[]): readonly CheckedCondition[] {
  const leaves = group.filter((child): child is Leaf => child.kind === 'leaf');
  const [first] = leaves;
  if (!first || leaves.length < 2) return group;
  const operands = leaves.flatMap(({ test }) => equalOperands(test) ?? []);
  const test: Test =
    operands.length > 0
      ? { kind: 'member', operands }
      : { kind: 'modified', modifier: 'anyof', tests: leaves.flatMap(({ test: one }) => alternatives(one) ?? []) };
  return [{ ...first, test }];
}

/** The tests of which one must hold. */
function alternatives(test: Test): readonly Test[] | undefined {
  if (test.kind === 'modified') return test.modifier === 'anyof' && test.tests.length > 0 ? test.tests : undefined;
  return test.kind === 'text' || test.kind === 'glob' || test.kind === 'regex' ? [test] : undefined;
}

function equalOperands(test: Test): readonly Operand[] | undefined {
  if (test.kind === 'member' && test.operands.length > 0) return test.operands;
  return test.kind === 'compare' && test.relation === '=' ? [test.operand] : undefined;
}
