import type { LineOrigin, LogEvent, LogFormat, RegularLines } from '../../formats/format.ts';
import type { CheckedCondition, Leaf } from '../condition/checked.ts';
import { Code, runCode } from '../condition/code.ts';
import { fold } from '../condition/fold.ts';
import { merge } from '../condition/merge.ts';
import { fieldSources } from '../condition/read-field.ts';
import type { Suspect } from '../engine.ts';
import type { OutputPiece } from '../message/output-plan.ts';
import { type Alternative, writeAlarm } from './alarm-writer.ts';
import { reasonsOf } from './bounded.ts';
import { LineChecks } from './line-checks.ts';
import { LineKernel } from './line-kernel.ts';
import { LineTexts } from './line-texts.ts';
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

/** The rules that a filter is for, in order. */
export interface FilteredRules {
  readonly count: number;
  conditions(): readonly CheckedCondition[];
  /** What the rule says; undefined where that is not written from the bytes of a line. */
  output(rule: number): readonly OutputPiece[] | undefined;
}

/** What a filter runs: as it was compiled, or as it was kept (packed-filter.ts). */
export interface FilterParts {
  readonly kernel: LineKernel;
  readonly composer: OutputComposer;
  /** What the kernel's late answers say of a text: by them, which of these it meets. */
  readonly recalled: readonly (() => readonly CheckedCondition[])[];
  /** Gives the function that finds the rules that the line may meet. */
  readonly code: string;
  readonly constants: readonly FilterConstant[];
}

/** What the code is given under a name. */
export type FilterConstant =
  /** The kernel's memory, what it calls `late`, and the list of suspects. */
  | 'words'
  | 'numbers'
  | 'late'
  | 'found'
  | ({ readonly kind: 'suspect' } & Suspect)
  /** A function that says whether the check holds, whose one text is cut out of the line. */
  | { readonly kind: 'cut-out'; readonly leaf: () => Leaf };

/**
 * Most lines raise nothing. This tells them from their bytes, before a string or an event is made of them: the kernel
 * looks in the parts of a line for what all rules together need, and only where some of it is there, code for these rules
 * decides. Undefined where a line can never be told quiet: the format has no regular lines, or a rule may match whatever a
 * line's bytes are, or its tables would be too large.
 */
export function compileQuietFilter<E extends LogEvent>(
  rules: FilteredRules,
  { fields, regular }: Pick<LogFormat<E>, 'fields' | 'regular'>,
  geo: LineOrigin['geo'],
): FilterParts | undefined {
  if (regular === undefined) return undefined;
  try {
    return compile(rules, fields, regular, geo);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function compile<E extends LogEvent>(
  rules: FilteredRules,
  fields: LogFormat<E>['fields'],
  regular: RegularLines,
  geo: LineOrigin['geo'],
): FilterParts | undefined {
  const sources = fieldSources({ fields });
  const folded = rules.conditions().map((condition) => merge(fold(condition, (name) => sources.has(name))));
  const code = new Code<FilterConstant>();
  const kernel = new LineKernel(regular);
  const checks = new LineChecks(code, kernel, new LineTexts(fields, geo), folded);
  const alternatives: Alternative[] = [];
  for (const [rule, condition] of folded.entries()) {
    const { bounded, certain } = checks.bounds(condition);
    if (bounded.kind === 'constant' && bounded.value) return undefined;
    const suspect = code.constant({ kind: 'suspect', rule, certain });
    const ways = bounded.kind === 'constant' ? [] : bounded.kind === 'or' ? bounded.children : [bounded];
    for (const way of ways) alternatives.push({ condition: way, suspect });
  }
  kernel.begin(alternatives.map((alternative) => reasonsOf(alternative.condition)));
  const composer = new OutputComposer(kernel, rules, regular.time, geo);
  const text = code.text([
    `const r = ${code.constant('words')}, n = ${code.constant('numbers')};`,
    `const late = ${code.constant('late')}, found = ${code.constant('found')};`,
    ...writeAlarm(alternatives),
  ]);
  return {
    kernel,
    composer,
    recalled: checks.recalled.map((conditions) => () => conditions),
    code: text,
    constants: code.constants,
  };
}

/** The memory of the parts' kernel stays where it is from here on. */
export function runFilter<E>({ kernel, composer, code, constants }: FilterParts, texts: LineTexts<E>): QuietFilter {
  const suspects = new Suspects();
  const valueOf = (constant: FilterConstant): unknown => {
    switch (constant) {
      case 'words':
        return kernel.memory.words;
      case 'numbers':
        return kernel.memory.numbers;
      case 'late':
        return kernel.lateAnswers;
      case 'found':
        return suspects;
      default:
        return constant.kind === 'suspect' ? constant : texts.cutOut(constant.leaf, kernel);
    }
  };
  const find = runCode(code, constants.map(valueOf)) as (num: number) => void;
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
