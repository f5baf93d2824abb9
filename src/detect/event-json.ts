import type { EventField, EventValue, LogEvent, LogFormat } from './formats/format.ts';

const prefix = 'awselb.';
const needsEscape = /["\\\u0000-\u001f]/;

/**
 * Writes events as the Falco plugin reads them: a JSON object of the fields that have a value, under their names without
 * `awselb.`, and `time_ns`. The text is a byte string, to be sent as latin1: log lines are what clients sent, UTF-8 or not.
 */
export class EventJson<E extends LogEvent> {
  readonly #members: readonly { readonly start: string; readonly read: EventField<E>['read'] }[];

  constructor(format: LogFormat<E>) {
    this.#members = format.fields.map((field) => ({
      start: `,"${field.name.slice(prefix.length)}":`,
      read: field.read.bind(field),
    }));
  }

  /** One line, its end included. */
  line(event: E): string {
    let json = `{"time_ns":${event.timeNs}`;
    for (const { start, read } of this.#members) {
      const value = read(event);
      if (value === undefined) continue;
      json +=
        typeof value === 'string'
          ? `${start}"${needsEscape.test(value) ? escaped(value) : value}"`
          : start + other(value);
    }
    return `${json}}\n`;
  }
}

/** JSON.stringify escapes what JSON must have escaped and leaves the characters U+0080–U+00FF, which are bytes here. */
function escaped(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function other(value: Exclude<EventValue, string>): string {
  if (typeof value === 'object')
    return `[${value.map((item) => (typeof item === 'string' ? `"${escaped(item)}"` : other(item))).join(',')}]`;
  return String(value);
}
