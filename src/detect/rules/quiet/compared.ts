import type { Leaf, Operand } from '../condition/checked.ts';
import { type Bounded, type Interval, type Source, maybe, never } from './bounded.ts';

const operators = { '=': '===', '!=': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;
const most = Number.MAX_VALUE;

/** A number of a line compared with constants. NaN is "no value": it equals nothing and is different from nothing. */
export function compared(
  { source, code }: { readonly source: Source; readonly code: string },
  { value, test }: Pick<Leaf, 'value' | 'test'>,
): Bounded | undefined {
  const intervals = intervalsOf({ value, test });
  if (intervals === undefined) return undefined;
  // What begins at 0 most numbers are: statuses below 300, everything that exists.
  const rank = intervals.some(([from]) => from <= 0) ? 7 : intervals.every(([from, to]) => from === to) ? 0.1 : 1;
  return { kind: 'atom', source, intervals, code: codeOf(code, test), rank };
}

/** `evt.num`: known to be 1 or more, and the variable `num` of the code. */
export function comparedNum({ value, test }: Leaf): Bounded | undefined {
  const intervals = intervalsOf({ value, test })?.filter(([, to]) => to >= 1);
  if (intervals === undefined) return undefined;
  if (intervals.length === 0) return never;
  if (intervals.length === 1 && intervals.every(([from, to]) => from <= 1 && to === most)) return maybe;
  return { kind: 'atom', code: codeOf('num', test), rank: 0 };
}

function intervalsOf({ value, test }: Pick<Leaf, 'value' | 'test'>): readonly Interval[] | undefined {
  if (value.kind !== 'field') return undefined;
  if (test.kind === 'always') return [[0, most]];
  if (test.kind === 'member') {
    return test.operands.every(isExact) ? test.operands.map((operand): Interval => [operand, operand]) : undefined;
  }
  if (test.kind !== 'compare' || !isExact(test.operand)) return undefined;
  const { operand } = test;
  switch (test.relation) {
    case '=':
      return [[operand, operand]];
    case '!=':
      return [
        [0, operand - 1],
        [operand + 1, most],
      ];
    case '<':
      return [[0, operand - 1]];
    case '<=':
      return [[0, operand]];
    case '>':
      return [[operand + 1, most]];
    case '>=':
      return [[operand, most]];
  }
}

function codeOf(number: string, test: Leaf['test']): string {
  if (test.kind === 'member') {
    return test.operands.map((operand) => `${number} === ${literal(operand)}`).join(' || ') || 'false';
  }
  if (test.kind !== 'compare') return `${number} === ${number}`;
  const code = `${number} ${operators[test.relation]} ${literal(test.operand)}`;
  return test.relation === '!=' ? `${number} === ${number} && ${code}` : code;
}

function literal(operand: Operand): string {
  return isExact(operand) ? String(operand) : 'NaN';
}

function isExact(operand: unknown): operand is number {
  return typeof operand === 'number' && Number.isSafeInteger(operand);
}
