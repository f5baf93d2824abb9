import type { EventField, EventValue } from '../../formats/format.ts';
import { type EventHead, type GenericField, genericFields } from '../generic-fields.ts';

/** The part of a LogFormat that conditions need. */
export interface FormatFields<E> {
  readonly fields: readonly EventField<E>[];
}

/** Who reads a field: the format from the event, or Falco's generic fields from its head. */
export type FieldSource<E> =
  | { readonly from: 'event'; readonly field: EventField<E> }
  | { readonly from: 'head'; readonly field: GenericField };

/** The fields that have a value in a format, by name. A field not in the map has none. */
export function fieldSources<E>({ fields }: FormatFields<E>): ReadonlyMap<string, FieldSource<E>> {
  return new Map<string, FieldSource<E>>([
    ...fields.map((field): [string, FieldSource<E>] => [field.name, { from: 'event', field }]),
    ...genericFields.map((field): [string, FieldSource<E>] => [field.name, { from: 'head', field }]),
  ]);
}

/** Reads a field; an empty list is no value. */
export function readField<E>(
  source: FieldSource<E> | undefined,
  event: E,
  head: EventHead,
  arg: string | undefined,
): EventValue | undefined {
  if (!source) return undefined;
  return withoutEmptyList(source.from === 'event' ? source.field.read(event, arg) : source.field.read(head));
}

export function withoutEmptyList(value: EventValue | undefined): EventValue | undefined {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}
