import type { Alert } from '../alert/alert.ts';
import { textOfBytes } from '../base/bytes.ts';
import { printable, printableJson } from '../base/printable.ts';
import { alertJsonLine, alertLine } from '../deliver/outputs/stdout.ts';
import type { EventValue } from '../detect/formats/format.ts';
import type { ExplainedCheck } from '../detect/rules/condition/explain.ts';
import type { RuleSet } from '../detect/rules/engine.ts';

/** The longest value shown; the whole one is in the line. */
const maxShown = 200;

/** For `scan --explain`: runs the rules as they are, and keeps for each alert the checks that made its rule match. */
export class ExplainedAlerts implements Pick<RuleSet, 'engine'> {
  readonly #rules: Pick<RuleSet, 'engine'>;
  readonly #checks = new Map<string, readonly ExplainedCheck[]>();

  constructor(rules: Pick<RuleSet, 'engine'>) {
    this.#rules = rules;
  }

  engine: RuleSet['engine'] = (format) => {
    const engine = this.#rules.engine(format);
    return {
      explain: (event, rule) => engine.explain(event, rule),
      evaluate: (event) => {
        const alerts = engine.evaluate(event);
        for (const { id, rule } of alerts) this.#checks.set(id, engine.explain(event, rule));
        return alerts;
      },
    };
  };

  /** The alert as `scan` prints it, its checks with it; they are forgotten then. Text: one line for each check. JSON: the member `explain`. */
  show(alert: Alert, format: 'text' | 'jsonl'): string {
    const checks = this.#checks.get(alert.id) ?? [];
    this.#checks.delete(alert.id);
    if (format === 'text') return [alertLine(alert), ...checks.map((check) => `    ${sayCheck(check)}`)].join('\n');
    const explain = checks.map(({ check, holds, fields }) => ({
      check,
      holds,
      fields: Object.fromEntries(fields.map(({ name, value }) => [name, value === undefined ? null : shown(value)])),
    }));
    return `${alertJsonLine(alert).slice(0, -1)},"explain":${printableJson(JSON.stringify(explain))}}`;
  }
}

function sayCheck({ check, holds, fields }: ExplainedCheck): string {
  const values = fields.map(({ name, value }) => `${name} = ${value === undefined ? '<NA>' : shown(value)}`);
  return printable(`${holds ? '' : 'not '}${check}  (${values.join(', ')})`);
}

function shown(value: EventValue): string {
  const text = Array.isArray(value) ? `(${value.map(String).join(',')})` : textOfBytes(String(value));
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}
