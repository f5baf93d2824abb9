import type { FieldValue, Fields } from '../../../alert/alert.ts';
import { bytesOfText } from '../../../base/bytes.ts';
import { compareBytes } from './json-line.ts';
import type { Template } from './template.ts';

/** What a token of an output shows of an event. */
export interface Shown<E> {
  /** A byte string; `<NA>` where there is no value. */
  readonly text: (event: E) => string;
  /** As `text`, but not cut at a NUL. */
  readonly uncut?: (event: E) => string;
  /** The plain fields in it, by their keys in `output_fields`. A transformer shows its result but gives its fields. */
  readonly fields: readonly ShownField<E>[];
}

export interface ShownField<E> {
  readonly key: string;
  readonly json: (event: E) => FieldValue;
}

/** Writes what a rule says of an event. */
export class OutputWriter<E> {
  /** Of `fields`, in the order of their bytes. */
  readonly keys: readonly string[];
  readonly #parts: readonly Part<E>[];
  readonly #uncutParts: readonly Part<E>[];
  readonly #values: readonly ((event: E) => FieldValue)[];

  /** `extra`: further members of `output_fields`; they win over fields of the output. */
  constructor(template: Template<Shown<E>>, extra: readonly ShownField<E>[]) {
    this.#parts = template.map((part) =>
      typeof part === 'string' ? bytesOfText(part) : fitted(part.width, part.field.text),
    );
    this.#uncutParts = template.map((part) =>
      typeof part === 'string' ? bytesOfText(part) : fitted(part.width, part.field.uncut ?? part.field.text),
    );
    const tokens = template.flatMap((part) => (typeof part === 'string' ? [] : part.field.fields));
    const byKey = new Map([...tokens, ...extra].map((field) => [field.key, field]));
    this.keys = sortedKeys(byKey.keys());
    this.#values = this.keys.map((key) => byKey.get(key)!.json);
  }

  /** A byte string. */
  text(event: E): string {
    // One search for a NUL in the whole instead of one in each value.
    const bytes = written(this.#uncutParts, event);
    return bytes.includes('\0') ? written(this.#parts, event) : bytes;
  }

  /** The value of `keys[index]`; null where there is no such key. */
  field(index: number, event: E): FieldValue {
    return this.#values[index]?.(event) ?? null;
  }

  /** In the order of the keys. */
  fields(event: E): Fields {
    const fields: Record<string, FieldValue> = {};
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i] ?? '';
      const value = this.field(i, event);
      // A key from `append_output`; assigning to it would set the prototype.
      if (key === '__proto__') Object.defineProperty(fields, key, { value, enumerable: true });
      else fields[key] = value;
    }
    return fields;
  }
}

/** In the order of `output_fields`, each once. */
export function sortedKeys(keys: Iterable<string>): readonly string[] {
  return [...new Set(keys)].sort(compareBytes);
}

type Part<E> = string | ((event: E) => string);

function written<E>(parts: readonly Part<E>[], event: E): string {
  let bytes = '';
  for (const part of parts) bytes += typeof part === 'string' ? part : part(event);
  return bytes;
}

/** Cuts or pads to the width in bytes; 0 leaves the text as it is. */
function fitted<E>(width: number, text: (event: E) => string): (event: E) => string {
  return width === 0 ? text : (event) => text(event).slice(0, width).padEnd(width);
}
