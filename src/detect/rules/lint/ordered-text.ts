import { numberOperators } from '../condition/ast.ts';
import { printExpr } from '../condition/print.ts';
import type { EventSource, RulesFinding } from '../engine.ts';
import { checksOf } from '../load/field-uses.ts';
import type { Lint } from './lint.ts';

const ordering: ReadonlySet<string> = new Set(numberOperators);

export const orderedText: Lint = {
  code: 'LINT_ORDERED_TEXT',
  about: 'A text field compared with < or >: Falco compares byte by byte, so that "10.2" is less than "5.0".',
  check({ rules, sources }): readonly RulesFinding[] {
    return rules.flatMap(({ loadable, source }) => {
      const fields = sources.find(({ name }) => name === source)?.fields ?? [];
      return [...checksOf(loadable.expr)].flatMap((check) => {
        if (!ordering.has(check.operator) || check.left.kind !== 'field') return [];
        const { name } = check.left;
        if (fields.find((field) => field.name === name)?.type !== 'string') return [];
        const numeric = numericSibling(name, fields);
        const advice = numeric === undefined ? '' : `; ${numeric} is the number, in whole milliseconds`;
        const message = `${printExpr(check)} compares ${name} as text, byte by byte: "10.2" is less than "5.0"${advice}`;
        return [loadable.at(check).finding(this.code, message)];
      });
    });
  },
};

/** `awselb.target_time_ms` for `awselb.target_processing_time`, where there is one. */
function numericSibling(name: string, fields: EventSource['fields']): string | undefined {
  const candidates = [`${name}_ms`, name.replace(/_processing_time$/, '_time_ms')];
  return candidates.find((candidate) => fields.some((field) => field.name === candidate && field.type === 'uint64'));
}
