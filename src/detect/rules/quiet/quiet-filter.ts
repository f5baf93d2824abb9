import type { LineOrigin, LogEvent, LogFormat, RegularLines } from '../../formats/format.ts';
import type { CheckedCondition } from '../condition/checked.ts';
import { Code } from '../condition/code.ts';
import { fold } from '../condition/fold.ts';
import { merge } from '../condition/merge.ts';
import { fieldSources } from '../condition/read-field.ts';
import type { Suspect } from '../engine.ts';
import type { OutputPiece } from '../message/output-plan.ts';
import { type Alternative, writeAlarm } from './alarm-writer.ts';
import { reasonsOf } from './bounded.ts';
import { LineChecks } from './line-checks.ts';
import { LineKernel } from './line-kernel.ts';
import { OutputComposer } from './output-composer.ts';
import { Suspects } from './suspects.ts';

/** Goes over the lines of a block, and passes over those that are events on which no rule has anything to say. */
export interface QuietFilter {
  /**
   * From the line at `at` on, the first one that must be made an event of; the length of the bytes where there is none. `num`
   * is the number of events so far. A Buffer once given must not change.
   */
  next(bytes: Buffer, at: number, num: number): number;
  /** Lines passed by the last call. */
  readonly passed: number;
  /** The rules that the line may meet that the last call stopped at; undefined where that could be any. Good until the next call. */
  readonly suspects: readonly Suspect[] | undefined;
  /** Where that line ends, where there are suspects: its line feed, or the end of the bytes. */
  readonly lineEnd: number;
  /** Writes outputs of that line, where there are suspects. */
  readonly composer: OutputComposer;
}

/**
 * Most lines raise nothing. This tells them from their bytes, before a string or an event is made of them: the kernel
 * looks in the parts of a line for what all rules together need, and only where some of it is there, code for these rules
 * decides. Undefined where a line can never be told quiet: the format has no regular lines, or a rule may match whatever a
 * line's bytes are, or its tables would be too large. `outputs`: by condition, what its rule says.
 */
export function compileQuietFilter<E extends LogEvent>(
  conditions: readonly CheckedCondition[],
  { fields, regular }: Pick<LogFormat<E>, 'fields' | 'regular'>,
  geo: LineOrigin['geo'],
  outputs: readonly (readonly OutputPiece[] | undefined)[],
): QuietFilter | undefined {
  if (regular === undefined) return undefined;
  try {
    return compile(conditions, fields, regular, geo, outputs);
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
  outputs: readonly (readonly OutputPiece[] | undefined)[],
): QuietFilter | undefined {
  const sources = fieldSources({ fields });
  const folded = conditions.map((condition) => merge(fold(condition, (name) => sources.has(name))));
  const code = new Code();
  const kernel = new LineKernel(regular);
  const checks = new LineChecks(code, kernel, fields, geo, folded);
  const alternatives: Alternative[] = [];
  for (const [rule, condition] of folded.entries()) {
    const { bounded, certain } = checks.bounds(condition);
    if (bounded.kind === 'constant' && bounded.value) return undefined;
    const suspect = code.constant({ rule, certain } satisfies Suspect);
    const ways = bounded.kind === 'constant' ? [] : bounded.kind === 'or' ? bounded.children : [bounded];
    for (const way of ways) alternatives.push({ condition: way, suspect });
  }
  kernel.begin(alternatives.map((alternative) => reasonsOf(alternative.condition)));
  const composer = new OutputComposer(kernel, outputs, regular.time, geo);
  const suspects = new Suspects();
  // From here on the memory stays where it is.
  const find = code.run([
    `const r = ${code.constant(kernel.memory.words)}, n = ${code.constant(kernel.memory.numbers)};`,
    `const late = ${code.constant(kernel.lateAnswers)}, found = ${code.constant(suspects)};`,
    ...writeAlarm(alternatives),
  ]) as (num: number) => void;
  return new KernelFilter(kernel, suspects, find, composer);
}

class KernelFilter implements QuietFilter {
  passed = 0;
  suspects: readonly Suspect[] | undefined;
  lineEnd = 0;
  readonly composer: OutputComposer;
  readonly #kernel: LineKernel;
  readonly #suspects: Suspects;
  readonly #find: (num: number) => void;

  constructor(kernel: LineKernel, suspects: Suspects, find: (num: number) => void, composer: OutputComposer) {
    this.composer = composer;
    this.#kernel = kernel;
    this.#suspects = suspects;
    this.#find = find;
  }

  next(bytes: Buffer, at: number, num: number): number {
    const kernel = this.#kernel;
    const suspects = this.#suspects;
    this.passed = 0;
    this.suspects = undefined;
    for (let from = at; ; ) {
      from = kernel.next(bytes, from);
      this.passed += kernel.passed;
      if (from >= bytes.length || !kernel.regular) return from;
      suspects.clear();
      this.#find(num + this.passed + 1);
      if (suspects.list.length > 0) {
        this.suspects = suspects.list;
        this.lineEnd = kernel.lineEnd;
        return from;
      }
      this.passed++;
      from = kernel.lineEnd + 1;
    }
  }
}
