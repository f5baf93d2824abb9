import type { Check, Expr } from '../condition/ast.ts';

/** Falco warns of a rule for system calls that is run on more kinds of events than this. */
const maxEventTypes = 100;
/** Falco has some 400 kinds of events; each name in `evt.type` stands for two, the call's entry and exit. */
const allTypes = 400;
const typesByName = 2;

/**
 * True when a condition for the source `syscall` is open to too many event types. Falco counts the kinds of events that
 * can satisfy the checks on `evt.type`; this estimates the count from how many names they give.
 */
export function matchesTooManyEventTypes(condition: Expr): boolean {
  return typesOf(condition, false) > maxEventTypes;
}

function typesOf(expr: Expr, negated: boolean): number {
  switch (expr.kind) {
    case 'not':
      return typesOf(expr.child, !negated);
    case 'and':
    case 'or': {
      const counts = expr.children.map((child) => typesOf(child, negated));
      const narrows = (expr.kind === 'and') !== negated;
      return narrows
        ? Math.min(...counts)
        : Math.min(
            allTypes,
            counts.reduce((sum, count) => sum + count, 0),
          );
    }
    case 'macro':
      return allTypes;
    case 'check':
      return typesOfCheck(expr, negated);
  }
}

function typesOfCheck({ left, operator, right }: Check, negated: boolean): number {
  if (left.kind !== 'field') return allTypes;
  if (left.name === 'evt.num' && operator === '=' && right?.kind === 'constant' && right.text === '0' && !negated)
    return 0;
  if (left.name !== 'evt.type' || !right) return allTypes;
  const names = right.kind === 'list' ? right.items.length : 1;
  const excludes = (operator === '!=') !== negated;
  if (!['=', '==', '!=', 'in'].includes(operator)) return allTypes;
  return excludes ? allTypes - names * typesByName : names * typesByName;
}
