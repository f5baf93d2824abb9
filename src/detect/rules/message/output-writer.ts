import type { FieldValue, Fields } from '../../../alert/alert.ts';
import { bytesOfText, textOfBytes } from '../../../base/bytes.ts';
import { compareBytes } from './json-line.ts';
import type { Template } from './template.ts';

/** What a token of an output shows of an event. */
export interface Shown<E> {
  /** A byte string; `<NA>` where there is no value. */
  text(event: E): string;
  /** The plain fields in it, by their keys in `output_fields`. A transformer shows its result but gives its fields. */
  readonly fields: readonly ShownField<E>[];
}

export interface ShownField<E> {
  readonly key: string;
  json(event: E): FieldValue;
}

/** Writes what a rule says of an event. */
export class OutputWriter<E> {
  readonly #parts: readonly (string | { readonly width: number; readonly field: Shown<E> })[];
  readonly #fields: readonly ShownField<E>[];

  /** `extra`: further members of `output_fields`; they win over fields of the output. */
  constructor(template: Template<Shown<E>>, extra: readonly ShownField<E>[]) {
    this.#parts = template.map((part) => (typeof part === 'string' ? bytesOfText(part) : part));
    const tokens = template.flatMap((part) => (typeof part === 'string' ? [] : part.field.fields));
    const byKey = new Map([...tokens, ...extra].map((field) => [field.key, field]));
    this.#fields = [...byKey.values()].sort((a, b) => compareBytes(a.key, b.key));
  }

  text(event: E): string {
    let bytes = '';
    for (const part of this.#parts) bytes += typeof part === 'string' ? part : fit(part.field.text(event), part.width);
    return textOfBytes(bytes);
  }

  /** In the order of the keys. */
  fields(event: E): Fields {
    const fields: Record<string, FieldValue> = {};
    for (const field of this.#fields) {
      const value = field.json(event);
      // A key from `append_output`; assigning to it would set the prototype.
      if (field.key === '__proto__') Object.defineProperty(fields, field.key, { value, enumerable: true });
      else fields[field.key] = value;
    }
    return fields;
  }
}

/** Cuts or pads to a width in bytes; 0 leaves the text as it is. */
function fit(bytes: string, width: number): string {
  return width === 0 ? bytes : bytes.slice(0, width).padEnd(width);
}
