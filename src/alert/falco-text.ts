import { quoted } from '../base/printable.ts';
import { type Alert, alertId } from './alert.ts';
import { alertTime, alertTimeOfMs } from './alert-time.ts';
import { type AlertLimits, defaultLimits, exceeds } from './falco-json.ts';
import { parsePriority } from './priority.ts';
import { Refused } from './refused.ts';

/** The rule's name of every alert that came as text: Falco does not print the rule's. */
export const textRule = 'Falco text output';

const line =
  /^(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(?:Z|[+-]\d\d:?\d\d))|(\d\d:\d\d:\d\d\.\d{1,9})): ([A-Z][a-z]+) (.*)$/s;

/**
 * The alert that a line of Falco's with `json_output: false` says: `23:25:04.034752000: Warning …`, with
 * `time_format_iso_8601` the whole date. A text line names no rule, source, tags or fields: the rule is `textRule`, the
 * source `unknown`. `Refused` when it is not a line of that form, as Falco's own messages at start are not.
 */
export function decodeTextAlert(
  text: string,
  nowMs: number,
  { maxBytes }: Pick<AlertLimits, 'maxBytes'> = defaultLimits,
): Alert | Refused {
  if (exceeds(text, maxBytes)) return new Refused('too_large', '', `The line has more than ${maxBytes} bytes.`);
  const match = line.exec(text.trimEnd());
  const priority = parsePriority(match?.[3] ?? '');
  const time = match?.[1] === undefined ? dated(match?.[2] ?? '', nowMs) : alertTime(match[1]);
  if (match === null || priority === undefined || time === undefined) {
    return new Refused(
      'bad_text',
      '',
      `This is neither JSON nor a line that Falco prints for an alert: ${quoted(text, 40)}`,
    );
  }
  return {
    id: alertId(`${time}\n${text}`),
    time,
    rule: textRule,
    priority,
    source: 'unknown',
    output: match[0],
    tags: [],
    fields: {},
    received: text,
  };
}

const quarterMs = 900_000;

/**
 * The instant nearest to `nowMs` at which a clock somewhere showed `clock`. Falco prints its machine's local time without
 * date or zone; zones differ from UTC by whole quarters of an hour, so what the line tells is the place in the quarter.
 */
function dated(clock: string, nowMs: number): string | undefined {
  const [hours = '', minutes = '', seconds = ''] = clock.split(':');
  if (!(Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60)) return undefined;
  const wholeMs = (Number(minutes) * 60 + Math.floor(Number(seconds))) * 1000;
  const at = wholeMs + Math.round((nowMs - wholeMs) / quarterMs) * quarterMs;
  const fraction = (seconds.split('.')[1] ?? '').padEnd(9, '0');
  const start = alertTimeOfMs(at);
  return start && `${start.slice(0, 20)}${fraction}Z`;
}
