import type { RulesFinding } from '../engine.ts';
import { emptiedList } from './emptied-list.ts';
import type { Lint, LintedRules } from './lint.ts';
import { neverTrue } from './never-true.ts';
import { notText } from './not-text.ts';
import { orderedText } from './ordered-text.ts';
import { outputOrigin } from './output-origin.ts';
import { shadowedRule } from './shadowed-rule.ts';
import { undefinedList } from './undefined-list.ts';

export const lints: readonly Lint[] = [
  orderedText,
  neverTrue,
  shadowedRule,
  undefinedList,
  emptiedList,
  outputOrigin,
  notText,
];

/** What all lints find, in the order of the files. */
export function lintRules(linted: LintedRules): readonly RulesFinding[] {
  return lints.flatMap((lint) => lint.check(linted)).sort(inOrderOfPlace);
}

function inOrderOfPlace({ at: a }: RulesFinding, { at: b }: RulesFinding): number {
  return a.file === b.file ? a.offset - b.offset : a.file < b.file ? -1 : 1;
}
