import type { EventHead } from '../generic-fields.ts';
import type { CheckedCondition } from './checked.ts';
import { type CompiledRuleSet, compileRuleSet } from './compile.ts';
import { fold } from './fold.ts';
import { interpret } from './interpret.ts';
import { type FormatFields, fieldSources, readField } from './read-field.ts';

/** So many events are interpreted first. */
const interpretedEvents = 250;

/**
 * As `compileRuleSet`, but compiled only when there are events enough: to compile our own rules takes as long as to interpret
 * them for some hundred events, and where most lines are told from their bytes (quiet/), fewer come here.
 */
export function tieredRuleSet<E>(
  conditions: readonly CheckedCondition[],
  format: FormatFields<E>,
  mode: 'first' | 'all',
): CompiledRuleSet<E> {
  let left = interpretedEvents;
  let matcher = interpretRuleSet(conditions, format, mode);
  return (event, head) => {
    if (left >= 0 && left-- === 0) matcher = compileRuleSet(conditions, format, mode);
    return matcher(event, head);
  };
}

/** What `compileRuleSet` compiles, interpreted. */
function interpretRuleSet<E>(
  conditions: readonly CheckedCondition[],
  format: FormatFields<E>,
  mode: 'first' | 'all',
): CompiledRuleSet<E> {
  const sources = fieldSources(format);
  const folded = conditions.map((condition) => fold(condition, (name) => sources.has(name)));
  return (event: E, head: EventHead) => {
    const read: Parameters<typeof interpret>[1] = ({ field, arg }) =>
      readField(sources.get(field.name), event, head, arg);
    const met: number[] = [];
    for (const [rule, condition] of folded.entries()) {
      if (!interpret(condition, read)) continue;
      met.push(rule);
      if (mode === 'first') break;
    }
    return met;
  };
}
