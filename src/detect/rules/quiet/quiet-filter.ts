import type { LineOrigin, LogEvent, LogFormat } from '../../formats/format.ts';
import type { CheckedCondition } from '../condition/checked.ts';
import { Code } from '../condition/code.ts';
import { fold } from '../condition/fold.ts';
import { merge } from '../condition/merge.ts';
import { fieldSources } from '../condition/read-field.ts';
import { AlarmWriter } from './alarm-writer.ts';
import { joined } from './bounded.ts';
import { LineChecks } from './line-checks.ts';

/**
 * True when the line `bytes[start, end)` is an event of the format, the `num`th of its source, and none of the rules can match
 * it. False says nothing. A Buffer's bytes must not change between calls, and its lines are asked for in order.
 */
export type QuietFilter = (bytes: Buffer, start: number, end: number, num: number) => boolean;

/**
 * Most lines raise nothing. This tells them from their bytes, before a string or an event is made of them: what all
 * rules together need is looked for in the parts of the line, one after the other, and a line that has none of it is
 * quiet. Undefined where that can never be said: the format has no regular lines, or a rule may match whatever a line's
 * bytes are.
 */
export function compileQuietFilter<E extends LogEvent>(
  conditions: readonly CheckedCondition[],
  { fields, regular }: Pick<LogFormat<E>, 'fields' | 'regular'>,
  geo: LineOrigin['geo'],
): QuietFilter | undefined {
  if (regular === undefined) return undefined;
  const sources = fieldSources({ fields });
  const folded = conditions.map((condition) => merge(fold(condition, (name) => sources.has(name))));
  const code = new Code();
  const checks = new LineChecks(code, fields, geo, folded);
  const alarm = joined(
    'or',
    folded.map((condition) => checks.bound(condition, true)),
  );
  if (alarm.kind === 'constant' && alarm.value) return undefined;
  const bounds = new Int32Array(2 * regular.parts);
  const writer = new AlarmWriter();
  const body = writer.write(alarm);
  return code.run([
    `const b = ${code.constant(bounds)}, split = ${code.constant(regular.split)};`,
    'return function (bytes, start, end, num) {',
    'if (!split(bytes, start, end, b)) return false;',
    ...checks.prelude,
    ...body,
    'return true; };',
  ]) as QuietFilter;
}
