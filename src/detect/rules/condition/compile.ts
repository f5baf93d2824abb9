import type { EventValue } from '../../formats/format.ts';
import type { EventHead } from '../generic-fields.ts';
import type { CheckedCondition, Value } from './checked.ts';
import { Emitter } from './emit.ts';
import { fold } from './fold.ts';
import { Interner } from './intern.ts';
import { type FieldReader, evaluate } from './interpret.ts';
import { merge } from './merge.ts';
import { Prefilter } from './prefilter.ts';
import { type FormatFields, fieldSources, readField } from './read-field.ts';

/** Whether an event meets a condition. Never throws. */
export type CompiledCondition<E> = (event: E, head: EventHead) => boolean;

/** Reads a field or transformer; undefined is "no value". Never throws. */
export type CompiledValue<E> = (event: E, head: EventHead) => EventValue | undefined;

/** The indexes of the conditions that the event meets, in order; the shared empty array when none. Never throws. */
export type CompiledRuleSet<E> = (event: E, head: EventHead) => readonly number[];

/** Compiles one condition for the events of one format. */
export function compileCondition<E>(condition: CheckedCondition, format: FormatFields<E>): CompiledCondition<E> {
  const compiled = compileRuleSet([condition], format, 'first');
  return (event, head) => compiled(event, head).length > 0;
}

/** Compiles a field or transformer of an output for the events of one format. */
export function compileValue<E>(value: Value, format: FormatFields<E>): CompiledValue<E> {
  const sources = fieldSources(format);
  if (value.kind === 'field') {
    const source = sources.get(value.field.name);
    if (source?.from === 'event' && !value.list) return (event) => source.field.read(event, value.arg);
    return (event, head) => readField(source, event, head, value.arg);
  }
  return (event, head) => {
    const read: FieldReader = ({ field, arg }) => readField(sources.get(field.name), event, head, arg);
    return evaluate(value, read);
  };
}

const none: readonly number[] = [];

/**
 * Compiles the conditions of an event source's enabled rules together; `first` stops at the first that is met. Values
 * and conditions that several rules use are worked out once for each event, and the literals that rules look for in one
 * value are searched all at once.
 */
export function compileRuleSet<E>(
  conditions: readonly CheckedCondition[],
  format: FormatFields<E>,
  mode: 'first' | 'all',
): CompiledRuleSet<E> {
  const sources = fieldSources(format);
  const rules = conditions
    .map((condition, index) => ({ index, condition: merge(fold(condition, (name) => sources.has(name))) }))
    .filter(({ condition }) => condition.kind !== 'constant' || condition.value);
  if (rules.length === 0) return () => none;

  const interner = new Interner();
  for (const { condition } of rules) interner.add(condition);
  const prefilter = new Prefilter(rules.map(({ condition }) => condition));
  const emitter = new Emitter(sources, interner, prefilter);
  emitter.readFirst(rules.flatMap(({ condition }) => (prefilter.needs(condition) ? [] : [condition])));
  const body = rules.map(({ index, condition }) => {
    const needs = prefilter.needs(condition);
    const met = `${needs ? `${emitter.anyFound(needs)} && ` : ''}${emitter.conditionCall(condition)}`;
    if (mode === 'all') return `if (${met}) (out ??= []).push(${index});`;
    return `if (${met}) return ${emitter.constant(Object.freeze([index]))};`;
  });
  const noneName = emitter.constant(none);
  const code = [
    emitter.searches(),
    ...(mode === 'all' ? ['let out;', ...body, `return out ?? ${noneName};`] : [...body, `return ${noneName};`]),
  ];
  return emitter.build(code.join('\n')) as CompiledRuleSet<E>;
}
