import type { EventValue } from '../../formats/format.ts';
import type { EventHead } from '../generic-fields.ts';
import type { CheckedCondition, Value } from './checked.ts';
import { fold } from './fold.ts';
import { type FieldReader, evaluate, interpret } from './interpret.ts';
import { type FormatFields, type ReadField, fieldReaders } from './read-field.ts';

/** Whether an event meets a condition. Never throws. */
export type CompiledCondition<E> = (event: E, head: EventHead) => boolean;

/** Reads a field or transformer; undefined is "no value". Never throws. */
export type CompiledValue<E> = (event: E, head: EventHead) => EventValue | undefined;

/** The indexes of the conditions that the event meets, in order; the shared empty array when none. Never throws. */
export type CompiledRuleSet<E> = (event: E, head: EventHead) => readonly number[];

/** Compiles one condition for the events of one format. */
export function compileCondition<E>(condition: CheckedCondition, format: FormatFields<E>): CompiledCondition<E> {
  const readers = fieldReaders(format);
  const folded = fold(condition, (name) => readers.has(name));
  return (event, head) => interpret(folded, readerFor(readers, event, head));
}

/** Compiles a field or transformer of an output for the events of one format. */
export function compileValue<E>(value: Value, format: FormatFields<E>): CompiledValue<E> {
  const readers = fieldReaders(format);
  return (event, head) => evaluate(value, readerFor(readers, event, head));
}

const none: readonly number[] = [];

/** Compiles the conditions of an event source's enabled rules together, `first` stopping at the first that is met. */
export function compileRuleSet<E>(
  conditions: readonly CheckedCondition[],
  format: FormatFields<E>,
  mode: 'first' | 'all',
): CompiledRuleSet<E> {
  const compiled = conditions.map((condition) => compileCondition(condition, format));
  return (event, head) => {
    if (mode === 'first') {
      const first = compiled.findIndex((condition) => condition(event, head));
      return first < 0 ? none : [first];
    }
    const matched = compiled.flatMap((condition, index) => (condition(event, head) ? [index] : []));
    return matched.length === 0 ? none : matched;
  };
}

function readerFor<E>(readers: ReadonlyMap<string, ReadField<E>>, event: E, head: EventHead): FieldReader {
  return ({ field, arg }) => readers.get(field.name)?.(event, head, arg);
}
