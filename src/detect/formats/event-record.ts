import { textOfBytes } from '../../base/bytes.ts';
import type { EventValue, LogEvent, LogFormat } from './format.ts';

/** What the event has a value for, by field name in catalogue order, strings as text: for `parse` and for the Falco plugin. */
export function eventRecord<E extends LogEvent>(event: E, format: LogFormat<E>): Record<string, EventValue> {
  const record: Record<string, EventValue> = {};
  for (const field of format.fields) {
    const value = field.read(event);
    if (value !== undefined) record[field.name] = textual(value);
  }
  return record;
}

function textual(value: EventValue): EventValue {
  if (typeof value === 'string') return textOfBytes(value);
  return typeof value === 'object' ? value.map(textual) : value;
}
