import type { Check, Expr } from '../condition/ast.ts';

/** Falco warns of a rule for system calls that is run on more kinds of events than this, or on none. */
const maxEventTypes = 100;
/** Falco has some 400 kinds of events; each name in `evt.type` stands for two, the call's entry and exit. */
const allTypes = 400;
const typesByName = 2;

/** The event types that can satisfy a condition: those with these names, or all but those. */
interface EventTypes {
  readonly excluded: boolean;
  readonly names: ReadonlySet<string>;
}

/** What every check that is not about the event's type leaves open, negated or not. */
const all: EventTypes = { excluded: true, names: new Set() };

/**
 * True when a condition for the source `syscall` is open to too many event types, or to none. Falco counts the kinds of
 * events that can satisfy the checks on `evt.type` and `syscall.type`; this estimates the count from the names they give.
 */
export function matchesTooManyEventTypes(condition: Expr): boolean {
  const { excluded, names } = typesOf(condition, false);
  const named = names.size * typesByName;
  const count = excluded ? allTypes - named : named;
  return count === 0 || count > maxEventTypes;
}

function typesOf(expr: Expr, negated: boolean): EventTypes {
  switch (expr.kind) {
    case 'not':
      return typesOf(expr.child, !negated);
    case 'and':
    case 'or': {
      const children = expr.children.map((child) => typesOf(child, negated));
      return (expr.kind === 'and') !== negated ? inAll(children) : others(inAll(children.map(others)));
    }
    case 'macro':
      return all;
    case 'check':
      return typesOfCheck(expr, negated);
  }
}

function typesOfCheck({ left, operator, modifier, right }: Check, negated: boolean): EventTypes {
  const isType = left.kind === 'field' && (left.name === 'evt.type' || left.name === 'syscall.type');
  if (!isType || left.arg !== undefined || modifier) return all;
  if (operator === 'exists') return negated ? others(all) : all;
  if (!['=', '==', '!=', 'in'].includes(operator)) return all;
  if (right?.kind !== 'constant' && right?.kind !== 'list') return all;
  const names = new Set((right.kind === 'list' ? right.items : [right]).map(({ text }) => text));
  return { excluded: (operator === '!=') !== negated, names };
}

function others({ excluded, names }: EventTypes): EventTypes {
  return { excluded: !excluded, names };
}

function inAll(sets: readonly EventTypes[]): EventTypes {
  const without = new Set(sets.filter(({ excluded }) => excluded).flatMap(({ names }) => [...names]));
  const [first, ...further] = sets.filter(({ excluded }) => !excluded);
  if (!first) return { excluded: true, names: without };
  const names = [...first.names].filter((name) => !without.has(name) && further.every((set) => set.names.has(name)));
  return { excluded: false, names: new Set(names) };
}
