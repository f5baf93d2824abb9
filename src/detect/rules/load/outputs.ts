import type { FieldExpr } from '../condition/ast.ts';
import { checkFieldExpression } from '../condition/check.ts';
import type { FieldTable } from '../condition/field-table.ts';
import { printFieldExpr } from '../condition/print.ts';
import type { AppendOutput } from '../engine.ts';
import type { CheckedToken } from '../message/show-field.ts';
import { parseTemplate, type Resolved, type Template } from '../message/template.ts';
import type { Context } from './context.ts';
import type { CollectedRule } from './collect.ts';
import { fieldsOf } from './field-uses.ts';
import { containerInfo, containerInfoWarning, deprecatedFields } from './deprecated-fields.ts';
import { LoadError, type Warnings } from './load-error.ts';
import type { SourcedText } from './sourced-text.ts';

/** What a rule says when it matches, its fields known to exist. */
export interface CheckedOutput {
  /** With everything that was appended. */
  readonly text: string;
  readonly template: Template<CheckedToken>;
}

/** A member of `output_fields` that falco.yaml asks for. `raw`: the value of the field `key`, else the text of the template. */
export interface ExtraField {
  readonly key: string;
  readonly raw: boolean;
  readonly template: Template<CheckedToken>;
}

/** Takes a rule's output apart, with what `append_output` adds to it. Throws LOAD_ERR_COMPILE_OUTPUT. */
export function checkOutput(
  rule: CollectedRule,
  appended: readonly AppendOutput[],
  fields: FieldTable,
  warnings: Warnings,
): CheckedOutput {
  const extras = appended.filter((entry) => applies(entry, rule)).flatMap(({ extraOutput }) => extraOutput ?? []);
  let text = [rule.output.text, ...extras].join(' ');
  if (text.includes(containerInfo)) {
    warnings.add('LOAD_DEPRECATED_ITEM', containerInfoWarning, rule.context);
    text = text.replaceAll(containerInfo, '');
  }
  const template = templateOf(text, fields, text === rule.output.text ? rule.output : undefined, rule.outputContext);
  warnDeprecated(text, rule.outputContext, warnings);
  return { text, template };
}

/** The further members of `output_fields` that `append_output` gives the rule. Throws LOAD_ERR_COMPILE_OUTPUT. */
export function checkExtraFields(
  rule: CollectedRule,
  appended: readonly AppendOutput[],
  fields: FieldTable,
  warnings: Warnings,
): ExtraField[] {
  const extra = new Map<string, ExtraField>();
  const asked = appended.filter((entry) => applies(entry, rule)).flatMap(({ extraFields = [] }) => extraFields);
  for (const field of asked) {
    const raw = typeof field === 'string';
    const [key, format] = raw ? [field, `%${field}`] : field;
    extra.set(key, { key, raw, template: templateOf(format, fields, undefined, rule.outputContext) });
    warnDeprecated(format, rule.outputContext, warnings);
  }
  return [...extra.values()];
}

function applies({ match = {} }: AppendOutput, rule: CollectedRule): boolean {
  const { source, rule: name, tags = [] } = match;
  return (
    (source === undefined || source === '' || source === rule.source) &&
    (name === undefined || name === '' || name === rule.name) &&
    tags.every((tag) => rule.tags.has(tag))
  );
}

/** `written`: the text as it stands in the file, where nothing was added, so that an error points at the token. */
function templateOf(
  text: string,
  fields: FieldTable,
  written: SourcedText | undefined,
  context: Context,
): Template<CheckedToken> {
  const parsed = parseTemplate(text, (expr) => checkToken(expr, fields));
  if (parsed.ok) return parsed.template;
  const at =
    written && written.text !== '' ? context.child('rule output expression', '', written.locate(parsed.at)) : context;
  throw new LoadError('LOAD_ERR_COMPILE_OUTPUT', parsed.message, at);
}

function checkToken(expr: FieldExpr, table: FieldTable): Resolved<CheckedToken> {
  const checked = checkFieldExpression(expr, table);
  if (!checked.ok) return { ok: false, message: checked.message };
  const fields = fieldsOf(expr).flatMap((field) => {
    const found = table.lookup(field.name, field.arg);
    return found.found ? [{ key: printFieldExpr(field), spec: found.field, arg: found.arg }] : [];
  });
  return { ok: true, field: { value: checked.value, isField: expr.kind === 'field', fields } };
}

function warnDeprecated(output: string, context: Context, warnings: Warnings): void {
  for (const field of Object.keys(deprecatedFields)) {
    if (!output.includes(field)) continue;
    const message = `usage of deprecated field '${field}' has been detected in the rule output`;
    warnings.add('LOAD_DEPRECATED_ITEM', message, context);
  }
}
