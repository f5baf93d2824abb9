import type { Value } from '../condition/checked.ts';
import { type CompiledValue, compileValue } from '../condition/compile.ts';
import { isGeneric } from '../condition/field-table.ts';
import type { FormatFields } from '../condition/read-field.ts';
import type { FieldSpec, FieldType } from '../../formats/format.ts';
import { type EventHead, type GenericField, genericFields } from '../generic-fields.ts';
import type { Shown, ShownField } from './output-writer.ts';
import { renderJson, renderText, toFirstNul } from './render.ts';

/** A token of an output, its fields known to exist. */
export interface CheckedToken {
  readonly value: Value;
  /** A field as it is; otherwise a transformer, whose fields are in `output_fields` though it shows its result. */
  readonly isField: boolean;
  readonly fields: readonly CheckedField[];
}

export interface CheckedField {
  /** As canonical text: `awselb.counter[logins]`. */
  readonly key: string;
  readonly spec: FieldSpec;
  readonly arg: string | undefined;
}

/** An event with what the engine knows of it. */
export interface Occurrence<E> {
  readonly event: E;
  readonly head: EventHead;
}

const generic: ReadonlyMap<string, GenericField> = new Map(genericFields.map((field) => [field.name, field]));

/** Shows tokens of events of one format. A field that the format does not have shows as missing. */
export class FieldShow<E> {
  readonly #format: FormatFields<E>;

  constructor(format: FormatFields<E>) {
    this.#format = format;
  }

  token({ value, isField, fields }: CheckedToken): Shown<Occurrence<E>> {
    const special = isField ? generic.get(fields[0]?.spec.name ?? '')?.text : undefined;
    const read = this.#compile(value);
    if (!showsAsText(value)) return { text: () => '<NA>', fields: fields.map((field) => this.field(field)) };
    const shown = fields.map((field) => this.field(field));
    if (special) return { text: ({ head }) => special(head), fields: shown };
    const text = textWriter(read, value.type, toFirstNul);
    return value.type === 'string'
      ? { text, uncut: textWriter(read, value.type, asItIs), fields: shown }
      : { text, fields: shown };
  }

  field({ key, spec, arg }: CheckedField): ShownField<Occurrence<E>> {
    const special = generic.get(spec.name)?.json;
    if (special) return { key, json: ({ head }) => special(head) };
    const { type, list = false } = spec;
    const read = this.#compile({ kind: 'field', field: spec, type, list, ...(arg !== undefined && { arg }) });
    return { key, json: ({ event, head }) => renderJson(read(event, head), type) };
  }

  #compile(value: Value): CompiledValue<E> {
    return compileValue(value, this.#format);
  }
}

/** Falco shows a length as text only where it is that of a plugin's field: what else there is has no number format. */
function showsAsText(value: Value): boolean {
  if (value.kind !== 'length') return true;
  let { of } = value;
  while (of.kind === 'map' || of.kind === 'cut') of = of.of;
  return of.kind === 'field' && !isGeneric(of.field);
}

function textWriter<E>(
  read: CompiledValue<E>,
  type: FieldType,
  cut: (text: string) => string,
): (at: Occurrence<E>) => string {
  if (type !== 'string') return ({ event, head }) => renderText(read(event, head), type);
  return ({ event, head }) => {
    const value = read(event, head);
    return typeof value === 'string' ? cut(value) : renderText(value, type);
  };
}

function asItIs(text: string): string {
  return text;
}
