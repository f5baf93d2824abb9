import type { LogFormat } from '../../formats/format.ts';
import type { ShownRule } from '../shown-rule.ts';
import type { EventSource, RulesFinding } from '../engine.ts';

/** What the lints of `rules check` look at: rules that loaded, in file order. */
export interface LintedRules {
  /** Those that run. */
  readonly rules: readonly ShownRule[];
  readonly lists: ReadonlySet<string>;
  readonly sources: readonly EventSource[];
  /** Every format whose events the rules may see. */
  readonly formats: readonly LogFormat[];
}

/** Looks for something that loads but is hardly meant. One per file in this folder, listed in registry.ts. */
export interface Lint {
  /** The code of its findings. */
  readonly code: string;
  /** One sentence: what is found and why it matters. */
  readonly about: string;
  /** Pure; never throws. Findings have the lint's code and point into the rules files. */
  check(linted: LintedRules): readonly RulesFinding[];
}
