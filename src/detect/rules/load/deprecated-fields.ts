import type { Expr, Field } from '../condition/ast.ts';
import { checksOf, fieldsOf } from './field-uses.ts';

const unavailable = 'field is not available due to the drop of enter events.';
/** Fields of Falco's own source that have lost their meaning, and what it says of a condition with one. */
export const deprecatedFields: Readonly<Record<string, string>> = {
  'evt.dir':
    "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir'",
  'evt.latency': unavailable,
  'evt.latency.s': unavailable,
  'evt.latency.ns': unavailable,
  'evt.latency.human': unavailable,
  'evt.wait_latency': unavailable,
};

/** Once a field of the container plugin's; Falco drops it from outputs. */
export const containerInfo = '%container.info';
export const containerInfoWarning =
  '%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will automatically add required fields to the output message.';

/** The deprecated fields left of a condition's comparisons, each once. */
export function deprecatedFieldsIn(condition: Expr): readonly Field[] {
  const found = new Map<string, Field>();
  for (const check of checksOf(condition)) {
    for (const field of fieldsOf(check.left)) {
      if (field.name in deprecatedFields && !found.has(field.name)) found.set(field.name, field);
    }
  }
  return [...found.values()];
}
