import type { EventValue } from '../../formats/format.ts';
import type { EventHead } from '../generic-fields.ts';
import type { Check } from './ast.ts';
import type { CheckedCondition, FieldRead, Leaf, Value } from './checked.ts';
import { type FieldReader, evaluate, interpret } from './interpret.ts';
import { printExpr, printFieldExpr } from './print.ts';
import { type FormatFields, fieldSources, readField } from './read-field.ts';
import { readsOfValue } from './reads.ts';

/** One check of a condition and how it went for an event. */
export interface ExplainedCheck {
  /** Canonical text. */
  readonly check: string;
  readonly source: Check;
  readonly holds: boolean;
  /** True when it stands under an odd number of `not`. */
  readonly negated: boolean;
  /** The left side's value, a byte string where it is one; absent where it has none. */
  readonly value?: EventValue;
  /** The fields that the check read, by canonical name. */
  readonly fields: readonly { readonly name: string; readonly value?: EventValue }[];
}

/**
 * Which checks decided that the event meets the condition, or fails it: those of `and` and `or` that made it come out
 * as it did, in order. For people: interpreted, slow.
 */
export function explain<E>(
  condition: CheckedCondition,
  format: FormatFields<E>,
  event: E,
  head: EventHead,
): { readonly matched: boolean; readonly checks: readonly ExplainedCheck[] } {
  const sources = fieldSources(format);
  const read: FieldReader = ({ field, arg }) => readField(sources.get(field.name), event, head, arg);
  return { matched: interpret(condition, read), checks: deciding(condition, read, false) };
}

function deciding(condition: CheckedCondition, read: FieldReader, negated: boolean): readonly ExplainedCheck[] {
  switch (condition.kind) {
    case 'constant':
      return [];
    case 'leaf':
      return [explainLeaf(condition, read, negated)];
    case 'not':
      return deciding(condition.child, read, !negated);
    case 'and':
    case 'or': {
      const holds = interpret(condition, read);
      const decisive = condition.children.filter((child) => interpret(child, read) === holds);
      // An `or` holds by its first child that does, an `and` fails by its first that fails; otherwise all had a part in it.
      const decided = holds === (condition.kind === 'or') ? decisive.slice(0, 1) : decisive;
      return decided.flatMap((child) => deciding(child, read, negated));
    }
  }
}

function explainLeaf(leaf: Leaf, read: FieldReader, negated: boolean): ExplainedCheck {
  const { source } = leaf;
  if (source === undefined) throw new Error('only what was loaded from files can be explained');
  const value = evaluate(leaf.value, read);
  const values = leaf.test.kind === 'right' ? [leaf.value, leaf.test.right] : [leaf.value];
  return {
    check: printExpr(source),
    source,
    holds: interpret(leaf, read),
    negated,
    ...(value !== undefined && { value: evaluate(withoutAddress(leaf.value), read) ?? value }),
    fields: values.flatMap(readsOfValue).map((one) => shownRead(one, read)),
  };
}

/** An address is shown as its text, not as what it is compared as. */
function withoutAddress(value: Value): Value {
  return value.kind === 'address' ? value.of : value;
}

function shownRead(one: FieldRead, read: FieldReader): ExplainedCheck['fields'][number] {
  const { arg, field } = one;
  const name = printFieldExpr({ kind: 'field', name: field.name, start: 0, end: 0, ...(arg !== undefined && { arg }) });
  const value = evaluate(one, read);
  return value === undefined ? { name } : { name, value };
}
