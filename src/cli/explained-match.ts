import { textOfBytes } from '../base/bytes.ts';
import { printable, printableJson } from '../base/printable.ts';
import type { EventValue } from '../detect/formats/format.ts';
import type { ExplainedCheck } from '../detect/rules/condition/explain.ts';

/** The longest value shown; the whole one is in the line. */
const maxShown = 200;

/** For `scan --explain`: the alert's line, and below it one for each check that made its rule match. */
export function explainedLines(line: string, checks: readonly ExplainedCheck[]): string {
  return [line, ...checks.map((check) => `    ${sayCheck(check)}`)].join('\n');
}

/** The alert's JSON with the checks as its member `explain`. */
export function explainedJson(json: string, checks: readonly ExplainedCheck[]): string {
  const explain = checks.map(({ check, holds, fields }) => ({
    check,
    holds,
    fields: Object.fromEntries(fields.map(({ name, value }) => [name, value === undefined ? null : shown(value)])),
  }));
  return `${json.slice(0, -1)},"explain":${printableJson(JSON.stringify(explain))}}`;
}

function sayCheck({ check, holds, fields }: ExplainedCheck): string {
  const values = fields.map(({ name, value }) => `${name} = ${value === undefined ? '<NA>' : shown(value)}`);
  return printable(`${holds ? '' : 'not '}${check}  (${values.join(', ')})`);
}

function shown(value: EventValue): string {
  const text = Array.isArray(value) ? `(${value.map(String).join(',')})` : textOfBytes(String(value));
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}
