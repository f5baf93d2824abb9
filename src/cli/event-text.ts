import { printable } from '../base/printable.ts';
import { stringifyJson } from '../base/json.ts';
import { eventRecord } from '../detect/formats/event-record.ts';
import type { EventValue, LogEvent, LogFormat } from '../detect/formats/format.ts';

/** Wide enough for what nearly every line has; a longer value moves the rest of its line. */
const columns = [
  { name: 'awselb.log_type', head: 'LOG', width: 6 },
  { name: 'awselb.timestamp', head: 'TIME', width: 27 },
  { name: 'awselb.lb_name', head: 'BALANCER', width: 16 },
  { name: 'awselb.client_ip', head: 'CLIENT', width: 15 },
  { name: 'awselb.elb_status_code', head: 'STATUS', width: 6 },
  { name: 'awselb.total_time_ms', head: 'MS', width: 6 },
  { name: 'awselb.request_verb', head: 'VERB', width: 7 },
  { name: 'awselb.request_url', head: 'URL', width: 0 },
] as const;

const row = (cells: readonly string[]): string =>
  `${columns
    .map(({ width }, index) => (cells[index] ?? '').padEnd(width))
    .join(' ')
    .trimEnd()}\n`;

const cell = (value: EventValue | undefined): string => (value === undefined ? '-' : printable(String(value)));

/** An event as a line of text. */
export const eventText = {
  jsonl: (event: LogEvent, format: LogFormat): string => `${stringifyJson(eventRecord(event, format))}\n`,
  table: (event: LogEvent, format: LogFormat): string => {
    const record = eventRecord(event, format);
    return row(columns.map(({ name }) => cell(record[name])));
  },
  tableHead: row(columns.map(({ head }) => head)),
};
