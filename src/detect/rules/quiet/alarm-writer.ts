import { present } from '../../../base/present.ts';
import { type Atom, type Bounded, type Source, joined, reasonOf } from './bounded.ts';

/** What makes a line worth making an event of: one way to meet a rule. */
export interface Alternative {
  readonly condition: Bounded;
  /** Code of the rule, a `Suspect`. */
  readonly suspect: string;
}

/**
 * Writes which rules a line may meet, by the sources without which it cannot be so. A group is a function of its own: V8 does
 * not optimise functions beyond 60 kB of bytecode, and most lines that get here need one group.
 *
 *   function g0(num) { if ((r[5] & 12) !== 0 || n[0] === 463 && …) found.add(k7); if … }
 *   return function (num) { if ((r[4] & 7) !== 0) g0(num); … };
 */
export function writeAlarm(alternatives: readonly Alternative[]): string[] {
  const groups = [...Map.groupBy(alternatives, ({ condition }) => onlySource(condition)).values()];
  const functions = groups.map((group, n) => {
    const rules = Map.groupBy(group, ({ suspect }) => suspect);
    const checks = Array.from(rules, ([suspect, ways]) => {
      const condition = joined(
        'or',
        ways.map((way) => way.condition),
      );
      return `if (${write(condition)}) found.add(${suspect});`;
    });
    return `function g${n}(num) { ${checks.join(' ')} }`;
  });
  const calls = groups.map((group, n) => {
    const reasons = group.flatMap(({ condition }) => reasonOf(condition)?.atoms ?? []);
    const [any, other] = mergedBits(
      reasons.map(({ kind, source, bits, rank }) => present({ kind, source, bits, rank })),
    );
    const guards = other === undefined && any?.kind === 'atom' && any.bits !== undefined;
    return `${guards ? `if (${write(any)}) ` : ''}g${n}(num);`;
  });
  return [...functions, `return function (num) { ${calls.join(' ')} };`];
}

/** The source of the reason, where it has one only. */
function onlySource(alternative: Bounded): Source | undefined {
  const [source, other] = new Set(reasonOf(alternative)?.atoms.map((atom) => atom.source));
  return other === undefined ? source : undefined;
}

function write(condition: Bounded): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value);
    case 'not':
      return `!(${write(condition.child)})`;
    case 'and':
    case 'or': {
      const children = condition.kind === 'or' ? mergedBits(condition.children) : condition.children;
      return [...children]
        .sort((left, right) => cost(left) - cost(right))
        .map((child) => `(${write(child)})`)
        .join(condition.kind === 'and' ? ' && ' : ' || ');
    }
    case 'atom':
      return [...bitsCode(condition), ...(condition.code === undefined ? [] : [condition.code])].join(' && ');
  }
}

function bitsCode({ source, bits }: Atom): readonly string[] {
  if (source?.code === undefined || bits === undefined) return [];
  if (bits.word === undefined) return [`(${source.code} & ${bits.mask}) !== 0`];
  return [`(r[${bits.word}] & ${bits.mask}) !== 0`];
}

/** Bits of one word that all mean the same are asked for together. */
function mergedBits(alternatives: readonly Bounded[]): readonly Bounded[] {
  const groups = Map.groupBy(alternatives, (one) =>
    one.kind === 'atom' && one.bits && one.code === undefined ? (one.bits.word ?? one.source) : one,
  );
  return Array.from(groups.values(), (same) => {
    const [first] = same;
    if (same.length < 2 || first?.kind !== 'atom' || !first.bits) return same;
    const mask = same.reduce((all, one) => (one.kind === 'atom' ? all | (one.bits?.mask ?? 0) : all), 0);
    return [{ ...first, bits: { ...first.bits, mask } }];
  }).flat();
}

/** Checks have no effects: what is cheap goes first, what calls a function last. */
function cost(condition: Bounded): number {
  if (condition.kind !== 'atom') return 2;
  return (condition.bits ? 1 : 0) + (condition.code?.includes('()') === true ? 4 : 0);
}
