/**
 * How fast lines become events: `node test/bench/parse.ts`. One thread, the ALB lines of the samples in memory. Every case
 * takes its turn in every round and counts with its best one, so that a busy machine slows all alike; compare the ratios,
 * which are to splitting the same lines at blanks.
 */
import { performance } from 'node:perf_hooks';
import { eventRecord } from '../../src/detect/formats/event-record.ts';
import { BadLine } from '../../src/detect/formats/format.ts';
import type { EventField, LineOrigin, LogEvent, LogFormat } from '../../src/detect/formats/format.ts';
import { objectFacts } from '../../src/aws/object-name.ts';
import { formatNamed, formatOf } from '../../src/detect/formats/registry.ts';
import { sampleObjects } from '../support/samples/hour.ts';

const rounds = 7;
const roundMs = 150;

const format = formatNamed('alb') as LogFormat;
const objects = sampleObjects().filter((object) => objectFacts(object.name).logType === 'alb');
const object = objects[0]?.name ?? '';
const origin: LineOrigin = { object, facts: objectFacts(object) };
const lines = objects.flatMap((each) => each.lines.map(({ text }) => flat(text)));
const bytes = lines.reduce((sum, line) => sum + line.length, 0);

/** The string as reading a file makes it: in one piece, one byte a character. */
function flat(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** What fifty rules ask of an ordinary line that none of them matches. */
const asked = [
  'request_uri_decoded',
  'user_agent',
  'request_verb',
  'request_host',
  'elb_status_code',
  'target_status_code',
  'classification',
  'error_reason',
  'ssl_protocol',
  'actions_executed',
  'client_ip',
  'sent_bytes',
  'target_time_ms',
].map((name) => format.fields.find((field) => field.name === `awselb.${name}`) as EventField<LogEvent>);

function event(line: string, number: number): LogEvent {
  const parsed = format.parse(line, origin, number);
  if (parsed instanceof BadLine) throw new Error(parsed.detail);
  return parsed;
}

const cases: Readonly<Record<string, (line: string, number: number) => number>> = {
  'split at blanks': (line) => line.split(' ').length,
  'recognise and parse': (line, number) => (formatOf(line, format) === format ? event(line, number).line : 0),
  'parse, 13 fields read': (line, number) => {
    const parsed = event(line, number);
    let present = 0;
    for (const field of asked) if (field.read(parsed) !== undefined) present += 1;
    return present;
  },
  'parse, time read': (line, number) => (event(line, number).timeNs > 0n ? 1 : 0),
  'parse, whole record': (line, number) => Object.keys(eventRecord(event(line, number), format)).length,
};

const best = new Map<string, number>();
let kept = 0;
for (let round = 0; round < rounds; round += 1) {
  for (const [name, run] of Object.entries(cases)) {
    let done = 0;
    const start = performance.now();
    let ms = 0;
    while (ms < roundMs) {
      for (let at = 0; at < lines.length; at += 1) kept += run(lines[at] ?? '', at + 1);
      done += lines.length;
      ms = performance.now() - start;
    }
    best.set(name, Math.max(best.get(name) ?? 0, (done / ms) * 1000));
  }
}

const base = best.get('split at blanks') ?? 1;
console.log(
  `${lines.length} lines of ${Math.round(bytes / lines.length)} bytes, best of ${rounds} rounds (${kept % 10})`,
);
for (const [name, perSecond] of best) {
  const thousands = Math.round(perSecond / 1000);
  console.log(`${name.padEnd(24)} ${String(thousands).padStart(6)} k lines/s  ${(perSecond / base).toFixed(2)}×`);
}
