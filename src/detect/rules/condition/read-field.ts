import type { EventField, EventValue } from '../../formats/format.ts';
import { type EventHead, genericFields } from '../generic-fields.ts';

/** How one field is read for one format. */
export type ReadField<E> = (event: E, head: EventHead, arg?: string) => EventValue | undefined;

/** The part of a LogFormat that conditions need. */
export interface FormatFields<E> {
  readonly fields: readonly EventField<E>[];
}

/** The readers of a format's fields and Falco's generic ones, by name. A field not in the map has no value in this format. */
export function fieldReaders<E>({ fields }: FormatFields<E>): ReadonlyMap<string, ReadField<E>> {
  return new Map<string, ReadField<E>>([
    ...fields.map((field): [string, ReadField<E>] => [field.name, (event, _head, arg) => field.read(event, arg)]),
    ...genericFields.map((field): [string, ReadField<E>] => [field.name, (_event, head) => field.read(head)]),
  ]);
}
