import type { ShownRule } from '../shown-rule.ts';
import type { RulesFinding } from '../engine.ts';
import type { Lint } from './lint.ts';
import { canMatch } from './never-true.ts';

/** Any of these leads from an alert back to the line. */
const origins = ['awselb.object', 'awselb.event_id', 'awselb.trace_id', 'awselb.conn_trace_id', 'evt.plugininfo'];
/** Any of these says who was at the other end. */
const clients = ['awselb.client_ip', 'awselb.client_net'];

export const outputOrigin: Lint = {
  code: 'LINT_OUTPUT_ORIGIN',
  about: 'An output without the way back to the log line, or without the client where the log has one.',
  check({ rules, formats }): readonly RulesFinding[] {
    return rules.flatMap((rule) => {
      const own = formats.filter(({ eventSource }) => eventSource === rule.source);
      const has = (names: readonly string[]): boolean => names.some((name) => fieldsShown(rule).has(name));
      const lacks: string[] = [];
      if (own.some((format) => format.fields.some(({ name }) => origins.includes(name))) && !has(origins)) {
        lacks.push('where the line stands (%awselb.object, or %awselb.event_id)');
      }
      const withClient = own.filter((format) => format.fields.some(({ name }) => clients.includes(name)));
      if (withClient.some((format) => canMatch(rule.loadable, format)) && !has(clients)) {
        lacks.push('who the client is (%awselb.client_ip)');
      }
      if (lacks.length === 0) return [];
      return [rule.loadable.rule.outputContext.finding(this.code, `The output does not say ${lacks.join(', nor ')}`)];
    });
  },
};

function fieldsShown({ loadable }: ShownRule): ReadonlySet<string> {
  const templates = [loadable.output.template, ...loadable.extraFields.map(({ template }) => template)];
  const tokens = templates.flat().flatMap((part) => (typeof part === 'string' ? [] : part.field.fields));
  return new Set(tokens.map(({ spec }) => spec.name));
}
