import type { CheckedCondition } from '../condition/checked.ts';

/** The rank (`Atom`) of a condition on a text that comes again. */
export function commonness(condition: CheckedCondition): number {
  switch (condition.kind) {
    case 'constant':
      return 6;
    case 'leaf':
      return condition.test.kind === 'always' || (condition.test.kind === 'compare' && condition.test.relation === '!=')
        ? 6
        : 0.15;
    case 'not':
      return condition.child.kind === 'leaf' && condition.child.test.kind === 'always' ? 0.9 : 5;
    case 'and':
      return Math.min(...condition.children.map(commonness));
    case 'or':
      return Math.max(...condition.children.map(commonness));
  }
}
