import type { RulesFinding } from '../engine.ts';
import { checksOf } from '../load/field-uses.ts';
import type { Lint } from './lint.ts';

export const undefinedList: Lint = {
  code: 'LINT_UNDEFINED_LIST',
  about: 'A name where a list belongs, but no list of that name: Falco takes the name itself as the only value.',
  check({ rules, lists }): readonly RulesFinding[] {
    return rules.flatMap(({ loadable }) =>
      [...checksOf(loadable.expr)].flatMap(({ operator, modifier, right }) => {
        const takesList = modifier !== undefined || ['in', 'intersects', 'pmatch'].includes(operator);
        if (!takesList || right?.kind !== 'constant' || lists.has(right.text)) return [];
        const at = loadable.at(right);
        // A list with a single item stands there as its item, and its place is the list's name.
        if (at.text !== right.text) return [];
        const message = `There is no list '${right.text}': Falco takes the name as the only value. Define it, or write (${right.text})`;
        return [at.finding(this.code, message)];
      }),
    );
  },
};
