import type { EventValue } from '../../formats/format.ts';
import type { EventHead } from '../generic-fields.ts';
import type { CheckedCondition, Leaf, Value } from './checked.ts';
import { Emitter } from './emit.ts';
import { fold } from './fold.ts';
import { Interner, childrenOf } from './intern.ts';
import { type FieldReader, evaluate } from './interpret.ts';
import { type LiteralPattern, literalPattern } from './literals.ts';
import { merge } from './merge.ts';
import { impliedKeys, requirementOf } from './prefilter.ts';
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
 * and conditions that several rules use are worked out once for each event, and where a rule needs one of many literals
 * in a field, one pattern for all rules is asked first.
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
  const groups = literalGroups(rules.map(({ condition }) => condition));
  const emitter = new Emitter(sources, interner, new Map([...groups].map(([key, { pattern }]) => [key, pattern])));
  const groupKeys = new Set(groups.keys());

  const body = rules.map(({ index, condition }) => {
    const needed = [...(impliedKeys(condition, groupKeys) ?? [])].flatMap((key) => groups.get(key)?.value ?? []);
    const found = needed.map((value) => emitter.foundCall(value)).join(' || ');
    const met = `${found && `(${found}) && `}${emitter.conditionCall(condition)}`;
    const result = emitter.constant(Object.freeze([index]));
    return mode === 'first' ? `if (${met}) return ${result};` : `if (${met}) (out ??= []).push(${index});`;
  });
  const noneName = emitter.constant(none);
  const code =
    mode === 'first' ? [...body, `return ${noneName};`] : ['let out;', ...body, `return out ?? ${noneName};`];
  return emitter.build(code.join('\n')) as CompiledRuleSet<E>;
}

interface LiteralGroup {
  readonly value: Value;
  readonly pattern: LiteralPattern;
}

/** The values that two or more checks search for literals, each with the pattern of all these literals. */
function literalGroups(conditions: readonly CheckedCondition[]): ReadonlyMap<string, LiteralGroup> {
  const leaves = new Map<string, { readonly value: Value; literals: string[]; fold: boolean; checks: number }>();
  const visit = (condition: CheckedCondition): void => {
    for (const child of childrenOf(condition)) visit(child);
    if (condition.kind === 'leaf') addRequirement(leaves, condition);
  };
  for (const condition of conditions) visit(condition);
  const groups = [...leaves].filter(([, { checks }]) => checks > 1);
  return new Map(
    groups.map(([key, { value, literals, fold }]) => [key, { value, pattern: literalPattern(literals, fold) }]),
  );
}

function addRequirement(
  groups: Map<string, { readonly value: Value; literals: string[]; fold: boolean; checks: number }>,
  leaf: Leaf,
): void {
  const requirement = requirementOf(leaf);
  if (!requirement) return;
  const group = groups.get(requirement.key) ?? { value: leaf.value, literals: [], fold: false, checks: 0 };
  for (const literal of requirement.literals) group.literals.push(literal);
  group.fold ||= requirement.fold;
  group.checks++;
  groups.set(requirement.key, group);
}
