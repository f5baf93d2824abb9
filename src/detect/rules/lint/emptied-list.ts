import type { RulesFinding } from '../engine.ts';
import { checksOf } from '../load/field-uses.ts';
import type { Lint } from './lint.ts';

export const emptiedList: Lint = {
  code: 'LINT_EMPTIED_LIST',
  about: 'A list whose first value has an escape that does not exist: Falco silently takes the whole list as empty.',
  check({ rules }): readonly RulesFinding[] {
    return rules.flatMap(({ loadable }) =>
      [...checksOf(loadable.expr)].flatMap(({ right }) => {
        if (right?.kind !== 'list' || right.items.length > 0) return [];
        const at = loadable.at(right);
        // In a quoted YAML scalar the quote may be escaped itself.
        if (!/^\(\s*\\?["']/.test(at.text)) return [];
        const message = `${at.text} is an empty list to Falco: its first value has an escape that does not exist`;
        return [at.finding(this.code, message)];
      }),
    );
  },
};
