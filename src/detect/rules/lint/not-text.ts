import type { RulesFinding } from '../engine.ts';
import { checksOf } from '../load/field-uses.ts';
import type { Lint } from './lint.ts';

/** What bytes of a file that are no UTF-8 are read as. */
const replacement = '\ufffd';

export const notText: Lint = {
  code: 'LINT_NOT_TEXT',
  about:
    'A text with U+FFFD, which a file that is no UTF-8 has for its other bytes: Falco takes the bytes as they are.',
  check({ rules }): readonly RulesFinding[] {
    return rules.flatMap(({ loadable }) => {
      const constants = [...checksOf(loadable.expr)].flatMap(({ right }) => {
        if (right?.kind === 'list') return right.items;
        return right?.kind === 'constant' ? [right] : [];
      });
      const places = constants.filter(({ text }) => text.includes(replacement)).map((each) => loadable.at(each));
      const shows = loadable.output.template.some((part) => typeof part === 'string' && part.includes(replacement));
      if (shows) places.push(loadable.rule.outputContext);
      return places.map((at) =>
        at.finding(this.code, 'This has U+FFFD, the sign for bytes that are no UTF-8. Save the file as UTF-8'),
      );
    });
  },
};
