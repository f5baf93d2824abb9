import type { FieldValue } from '../../../alert/alert.ts';
import { bytesOfText } from '../../../base/bytes.ts';
import type { EventField, LineOrigin, LogEvent } from '../../formats/format.ts';
import type { GenericField } from '../generic-fields.ts';
import { renderJson, renderText } from './render.ts';
import type { CheckedToken } from './show-field.ts';
import type { Template } from './template.ts';

/** A piece of an output, by what it takes to write it from the bytes of a regular line (`RegularLines`). Parts without value show as `<NA>`. */
export type OutputPiece =
  /** A byte string, as it stands. */
  | string
  | { readonly as: 'part'; readonly part: number; readonly none?: '-1' }
  | { readonly as: 'uint' | 'millis'; readonly part: number }
  /** What a text comes to, where the same texts come again; what fields of one `key` come to is the same. */
  | { readonly as: 'recalled'; readonly part: number; readonly key: string; readonly show: Show }
  /** The same, for what stands behind the output, in whatever bytes; a part without value is not shown. */
  | { readonly as: 'ending'; readonly part: number; readonly key: string; readonly show: Show }
  /** The same on all lines of an origin. */
  | { readonly as: 'origin'; readonly key: string; readonly show: (origin: LineOrigin) => string }
  /** The line's number, the event's, the event's time as outputs begin with it. */
  | { readonly as: 'line' | 'num' | 'time' };

type Show = (text: string, geo: LineOrigin['geo']) => string;

/**
 * How an output is written from a line's bytes, its time in front; undefined where something in it is not simply what stands
 * in the line (transformers, widths, lists, what is made of several parts).
 */
export function outputPlan<E extends LogEvent>(
  template: Template<CheckedToken>,
  opening: string,
  fields: readonly EventField<E>[],
  timeField: GenericField,
): readonly OutputPiece[] | undefined {
  const plan: OutputPiece[] = [{ as: 'time' }, opening];
  for (const part of template) {
    const piece =
      typeof part === 'string'
        ? bytesOfText(part)
        : part.width === 0
          ? pieceOf(part.field, fields, timeField)
          : undefined;
    if (piece === undefined) return undefined;
    plan.push(piece);
  }
  return plan;
}

/** What stands behind an output by what the field says; undefined where that is more than what stands in a part that comes again. */
export function endingPiece<E extends LogEvent>(
  { name, type, stands }: EventField<E>,
  say: (value: FieldValue) => string,
): OutputPiece | undefined {
  if (stands?.as !== 'text' || !stands.recurs) return undefined;
  const { part, read } = stands;
  const show: Show = (text, geo) => say(renderJson(read ? read(text, geo) : text, type));
  return { as: 'ending', part, key: `ending ${name}`, show };
}

function pieceOf<E extends LogEvent>(
  { isField, fields: [read] }: CheckedToken,
  fields: readonly EventField<E>[],
  timeField: GenericField,
): OutputPiece | undefined {
  if (!isField || read === undefined || read.arg !== undefined || read.spec.list === true) return undefined;
  const { name } = read.spec;
  if (name === timeField.name) return { as: 'time' };
  if (name === 'evt.num') return { as: 'num' };
  const field = fields.find((one) => one.name === name);
  return field && fieldPiece(field);
}

function fieldPiece<E extends LogEvent>({ name, type, stands, follows }: EventField<E>): OutputPiece | undefined {
  switch (stands?.as) {
    case 'constant':
      return renderText(stands.value, type);
    case 'uint':
    case 'millis':
      return { as: stands.as, part: stands.part };
    case 'text': {
      const { part, read } = stands;
      if (read === undefined && type === 'string') return { as: 'part', part };
      if (!stands.recurs) return undefined;
      return { as: 'recalled', part, key: name, show: (text, geo) => renderText(read ? read(text, geo) : text, type) };
    }
    case undefined:
      return follows && followingPiece(name, type, follows);
  }
}

function followingPiece(
  name: string,
  type: EventField<LogEvent>['type'],
  { parts, origin, textBut, line }: NonNullable<EventField<LogEvent>['follows']>,
): OutputPiece | undefined {
  const [part, other] = parts;
  if (line === true) return { as: 'line' };
  if (part === undefined && origin !== undefined) {
    return { as: 'origin', key: name, show: (of) => renderText(origin(of), type) };
  }
  if (part === undefined || other !== undefined || textBut === undefined || type !== 'string') return undefined;
  return textBut === '' ? { as: 'part', part } : { as: 'part', part, none: textBut };
}
