import { fold } from '../condition/fold.ts';
import { fieldSources } from '../condition/read-field.ts';
import type { LogFormat } from '../../formats/format.ts';
import type { ShownRule } from '../shown-rule.ts';
import type { RulesFinding } from '../engine.ts';
import type { Lint } from './lint.ts';

export const neverTrue: Lint = {
  code: 'LINT_NEVER_TRUE',
  about: 'A rule that cannot match: no kind of log has the fields that its condition needs at once.',
  check({ rules, formats }): readonly RulesFinding[] {
    return rules.flatMap(({ loadable, source }) => {
      const own = formats.filter(({ eventSource }) => eventSource === source);
      if (own.length === 0 || own.some((format) => canMatch(loadable, format))) return [];
      const names = own.map(({ name }) => name).join(', ');
      return [loadable.rule.conditionContext.finding(this.code, `The condition is false for every event of ${names}`)];
    });
  },
};

/** False where the condition is always false for the events of a format, which has only some of its source's fields. */
export function canMatch({ condition }: ShownRule['loadable'], format: LogFormat): boolean {
  const readable = fieldSources(format);
  const folded = fold(condition, (field) => readable.has(field));
  return folded.kind !== 'constant' || folded.value;
}
