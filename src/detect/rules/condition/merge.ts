import type { CheckedCondition, Leaf, Operand, Test } from './checked.ts';
import { keyOfValue } from './key.ts';

/**
 * Puts the alternatives of an `or` that look at the same value into one check, which one pattern or set can answer.
 *
 *   a contains x or b = 1 or a icontains y     a anyof (contains x, icontains y) or b = 1
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
    const kind =
      child.kind === 'leaf' && (containsTests(child.test) ? 'contains' : equalOperands(child.test) && 'equals');
    const key = kind && child.kind === 'leaf' ? `${kind} ${keyOfValue(child.value)}` : index;
    const group = groups.get(key);
    if (group) group.push(child);
    else groups.set(key, [child]);
  }
  return [...groups.values()].flatMap((group) => mergeGroup(group));
}

function mergeGroup(group: readonly CheckedCondition[]): readonly CheckedCondition[] {
  const leaves = group.filter((child): child is Leaf => child.kind === 'leaf');
  const [first] = leaves;
  if (!first || leaves.length < 2) return group;
  const tests = leaves.flatMap(({ test }) => containsTests(test) ?? []);
  const operands = leaves.flatMap(({ test }) => equalOperands(test) ?? []);
  const test: Test = tests.length > 0 ? { kind: 'modified', modifier: 'anyof', tests } : { kind: 'member', operands };
  return [{ ...first, test }];
}

function containsTests(test: Test): readonly Test[] | undefined {
  if (test.kind === 'text' && (test.relation === 'contains' || test.relation === 'icontains')) return [test];
  if (test.kind !== 'modified' || test.modifier !== 'anyof' || test.tests.length === 0) return undefined;
  return test.tests.every((one) => containsTests(one)) ? test.tests : undefined;
}

function equalOperands(test: Test): readonly Operand[] | undefined {
  if (test.kind === 'member' && test.operands.length > 0) return test.operands;
  return test.kind === 'compare' && test.relation === '=' ? [test.operand] : undefined;
}
