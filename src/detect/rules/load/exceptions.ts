import { LoadError } from './load-error.ts';
import type { Context } from './context.ts';
import { isComparison, takesList } from './comparisons.ts';
import type { ExceptionDefinition, ExceptionEntry } from './definitions.ts';
import { quoteItem } from './lists.ts';
import { SourcedText } from './sourced-text.ts';

/** An exception of a rule, validated; its comparisons are given or defaulted. */
export interface CollectedException {
  readonly name: string;
  readonly fields: ExceptionEntry | undefined;
  /** As many as fields in the list form, one in the scalar form. */
  readonly comps: readonly string[];
  readonly values: (ExceptionEntry | undefined)[];
  readonly context: Context;
}

/** Null, a map, or an empty list: what Falco calls an entry that is not valid. */
export function isAbsent(entry: ExceptionEntry | undefined): boolean {
  return entry === undefined || ('kind' in entry ? entry.text === '' : entry.length === 0);
}

function fail(message: string, context: Context): never {
  throw new LoadError('LOAD_ERR_VALIDATE', message, context);
}

/** `isField` tells whether the rule's source has a field; absent where the source is unknown. */
export type FieldTest = (expression: string) => boolean;

/** Checks an exception that is being defined and fills in its comparisons: `=` for each field of a list, `in` for a single one. */
export function validateException(exception: ExceptionDefinition, isField: FieldTest | undefined): CollectedException {
  const { fields, context } = exception;
  const names = fieldsOf(fields);
  const comps = compsOf(exception, names.length).map(trimComparison);
  if (isList(fields)) {
    if (names.length !== comps.length) fail('Fields and comps lists must have equal length', context);
    for (const comp of comps)
      if (!isComparison(comp)) fail(`'${comp}' is not a supported comparison operator`, context);
  } else {
    if (isList(exception.comps) && !isAbsent(exception.comps)) fail('Fields and comps must both be strings', context);
    if (!takesList(comps[0] ?? '')) {
      const allowed = '(in, pmatch, intersects) or a modifier operator (e.g. startswith oneof)';
      fail(`When fields is a single value, comps must be one of ${allowed}`, context);
    }
  }
  for (const name of names) if (isField && !isField(name)) fail(`'${name}' is not a supported filter field`, context);
  return { name: exception.name, fields, comps, values: [...exception.values], context };
}

/**
 * Takes an exception of `override: {exceptions: replace}`. Falco validates nothing here and, for a list of fields
 * without comps, reads past the end of an array: that shape is refused.
 */
export function replacingException(exception: ExceptionDefinition): CollectedException {
  const { name, fields, context } = exception;
  const names = fieldsOf(fields);
  const comps = isAbsent(exception.comps) ? [] : compsOf(exception, names.length);
  if (isList(fields) && comps.length < names.length) {
    const why = 'Falco reads undefined memory where a replacing exception has fewer comps than fields';
    fail(`Exceptions that replace others must give a comparison for each field in 'comps': ${why}`, context);
  }
  return { name, fields, comps, values: [...exception.values], context };
}

function isList(entry: ExceptionEntry | undefined): entry is readonly (ExceptionEntry | undefined)[] {
  return entry !== undefined && !('kind' in entry);
}

function fieldsOf(fields: ExceptionEntry | undefined): string[] {
  return isList(fields) ? fields.map(textOf) : [textOf(fields)];
}

function compsOf({ fields, comps }: ExceptionDefinition, count: number): string[] {
  if (isAbsent(comps)) return isList(fields) ? Array.from({ length: count }, () => '=') : ['in'];
  if (isList(comps)) return comps.map(textOf);
  return isList(fields) ? [] : [textOf(comps)];
}

/** A nested list where a word belongs reads as nothing. */
function textOf(entry: ExceptionEntry | undefined): string {
  return entry !== undefined && 'kind' in entry ? entry.text : '';
}

function trimComparison(comparison: string): string {
  return comparison.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}

/**
 * The pass `exceptions`: textually, before lists are expanded and anything is parsed.
 *
 *     cond, {fields: f, comps: in, values: [a, b c]}                    →   (cond) and not (f in (a, "b c"))
 *     cond, {fields: [f, g], comps: [=, contains], values: [[a, b]]}    →   (cond) and not (( f = a and  g contains b))
 */
export function expandExceptions(condition: SourcedText, exceptions: readonly CollectedException[]): SourcedText {
  if (exceptions.length === 0) return condition;
  const end = condition.text.length;
  const parts = [condition.standIn(0, 1, '('), condition, condition.standIn(Math.max(0, end - 1), end, ')')];
  for (const exception of exceptions) {
    const text = isList(exception.fields) ? tuples(exception, exception.fields) : oneField(exception);
    const after = parts.at(-1)!;
    if (text) parts.push(after.standIn(0, after.text.length, ' and not '), text);
  }
  return SourcedText.join(parts);
}

function oneField({ fields, comps, values, context }: CollectedException): SourcedText | undefined {
  const texts = values.map((value) => {
    if (isList(value)) fail('Expected values array to contain a list of strings', context);
    return value && SourcedText.for(value, quoteItem(value.text));
  });
  const first = texts.find((text) => text !== undefined) ?? place(fields);
  if (!first || texts.length === 0) return undefined;
  const glue = (text: string): SourcedText => first.standIn(0, first.text.length, text);
  const open = glue(`(${textOf(fields)} ${comps[0] ?? ''} (`);
  return SourcedText.join([
    open,
    ...texts.flatMap((text, i) => [glue(i === 0 ? '' : ', '), text ?? glue('')]),
    glue('))'),
  ]);
}

function tuples(
  exception: CollectedException,
  fields: readonly (ExceptionEntry | undefined)[],
): SourcedText | undefined {
  const { comps, values, context } = exception;
  const parts: SourcedText[] = [];
  for (const tuple of values) {
    if (!isList(tuple) || tuple.length !== fields.length)
      fail('Fields and values lists must have equal length', context);
    const first =
      tuple.map(place).find((text) => text !== undefined) ?? fields.map(place).find((text) => text !== undefined);
    if (!first) continue;
    const glue = (text: string): SourcedText => first.standIn(0, first.text.length, text);
    parts.push(glue(parts.length === 0 ? '((' : ' or ('));
    tuple.forEach((value, k) => {
      const comp = comps[k] ?? '';
      parts.push(glue(`${k === 0 ? '' : ' and '} ${textOf(fields[k])} ${comp} `), valueText(value, comp, glue));
    });
    parts.push(glue(')'));
  }
  const last = parts.at(-1);
  return last && SourcedText.join([...parts, last]);
}

function valueText(
  value: ExceptionEntry | undefined,
  comparison: string,
  glue: (text: string) => SourcedText,
): SourcedText {
  if (isList(value)) {
    const parts = [glue('(')];
    let length = 0;
    for (const item of value) {
      const text = place(item) ?? glue('');
      // Falco puts no comma while the list's text is still empty.
      if (length > 0) parts.push(glue(', '));
      parts.push(text);
      length += text.text.length;
    }
    return SourcedText.join([...parts, glue(')')]);
  }
  const text = textOf(value);
  const raw = takesList(comparison) ? (text.startsWith('(') ? text : `(${text})`) : quoteItem(text);
  return value ? SourcedText.for(value, raw) : glue(raw);
}

/** The entry as quoted text that knows its place; undefined for what is no scalar. */
function place(entry: ExceptionEntry | undefined): SourcedText | undefined {
  return entry !== undefined && 'kind' in entry ? SourcedText.for(entry, quoteItem(entry.text)) : undefined;
}
