import type { Value } from '../condition/checked.ts';
import { type CompiledValue, compileValue } from '../condition/compile.ts';
import type { FormatFields } from '../condition/read-field.ts';
import type { FieldSpec } from '../../formats/format.ts';
import { type EventHead, type GenericField, genericFields } from '../generic-fields.ts';
import type { Shown, ShownField } from './output-writer.ts';
import { renderJson, renderText } from './render.ts';

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
    const special = isField ? generic.get(fields[0]?.spec.name ?? '') : undefined;
    const read = this.#compile(value);
    return {
      text: (at) => special?.text?.(at.head) ?? renderText(read(at.event, at.head), value.type),
      fields: fields.map((field) => this.field(field)),
    };
  }

  field({ key, spec, arg }: CheckedField): ShownField<Occurrence<E>> {
    const special = generic.get(spec.name);
    const { type, list = false } = spec;
    const read = this.#compile({ kind: 'field', field: spec, type, list, ...(arg !== undefined && { arg }) });
    return { key, json: (at) => renderJson(special?.json?.(at.head) ?? read(at.event, at.head), type) };
  }

  #compile(value: Value): CompiledValue<E> {
    return compileValue(value, this.#format);
  }
}
