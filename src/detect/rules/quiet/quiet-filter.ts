import type { LineOrigin, LogEvent, LogFormat, RegularLines } from '../../formats/format.ts';
import type { CheckedCondition } from '../condition/checked.ts';
import { Code } from '../condition/code.ts';
import { fold } from '../condition/fold.ts';
import { merge } from '../condition/merge.ts';
import { fieldSources } from '../condition/read-field.ts';
import { writeAlarm } from './alarm-writer.ts';
import { joined, reasonOf } from './bounded.ts';
import { LineChecks } from './line-checks.ts';
import { LineKernel } from './line-kernel.ts';

/** Goes over the lines of a block, and passes over those that are events on which no rule has anything to say. */
export interface QuietFilter {
  /**
   * From the line at `at` on, the first one that must be made an event of; the length of the bytes where there is none. `num`
   * is the number of events so far. A Buffer once given must not change.
   */
  next(bytes: Buffer, at: number, num: number): number;
  /** Lines passed by the last call. */
  readonly passed: number;
}

/**
 * Most lines raise nothing. This tells them from their bytes, before a string or an event is made of them: the kernel
 * looks in the parts of a line for what all rules together need, and only where some of it is there, code for these rules
 * decides. Undefined where a line can never be told quiet: the format has no regular lines, or a rule may match whatever a
 * line's bytes are, or its tables would be too large.
 */
export function compileQuietFilter<E extends LogEvent>(
  conditions: readonly CheckedCondition[],
  { fields, regular }: Pick<LogFormat<E>, 'fields' | 'regular'>,
  geo: LineOrigin['geo'],
): QuietFilter | undefined {
  if (regular === undefined) return undefined;
  try {
    return compile(conditions, fields, regular, geo);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function compile<E extends LogEvent>(
  conditions: readonly CheckedCondition[],
  fields: LogFormat<E>['fields'],
  regular: RegularLines,
  geo: LineOrigin['geo'],
): QuietFilter | undefined {
  const sources = fieldSources({ fields });
  const folded = conditions.map((condition) => merge(fold(condition, (name) => sources.has(name))));
  const code = new Code();
  const kernel = new LineKernel(regular);
  const checks = new LineChecks(code, kernel, fields, geo, folded);
  const alarm = joined(
    'or',
    folded.map((condition) => checks.bound(condition, true)),
  );
  if (alarm.kind === 'constant' && alarm.value) return undefined;
  const alternatives = alarm.kind === 'constant' ? [] : alarm.kind === 'or' ? alarm.children : [alarm];
  const reasons = alternatives.map(reasonOf);
  kernel.begin(
    reasons.flatMap((reason) => reason?.atoms ?? []),
    reasons.includes(undefined),
  );
  const raises = code.run([
    `const r = ${code.constant(kernel.memory.words)}, n = ${code.constant(kernel.memory.numbers)};`,
    `const late = ${code.constant(kernel.lateAnswers)};`,
    ...writeAlarm([
      ...alternatives,
      ...kernel.numberCodes().map((number) => ({ kind: 'atom' as const, code: `${number} === -1`, rank: 0 })),
    ]),
  ]) as (num: number) => boolean;
  return new KernelFilter(kernel, raises);
}

class KernelFilter implements QuietFilter {
  passed = 0;
  readonly #kernel: LineKernel;
  readonly #raises: (num: number) => boolean;

  constructor(kernel: LineKernel, raises: (num: number) => boolean) {
    this.#kernel = kernel;
    this.#raises = raises;
  }

  next(bytes: Buffer, at: number, num: number): number {
    const kernel = this.#kernel;
    this.passed = 0;
    for (let from = at; ; ) {
      from = kernel.next(bytes, from);
      this.passed += kernel.passed;
      if (from >= bytes.length || !kernel.regular || this.#raises(num + this.passed + 1)) return from;
      this.passed++;
      from = kernel.lineEnd + 1;
    }
  }
}
