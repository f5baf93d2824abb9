import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { eventRecord } from '../../src/detect/formats/event-record.ts';
import { BadLine } from '../../src/detect/formats/format.ts';
import type { EventValue } from '../../src/detect/formats/format.ts';
import { isTestObjectLine } from '../../src/aws/object-name.ts';
import { formatOf } from '../../src/detect/formats/registry.ts';

/** Lines and keys of other projects, beside the repository where they were handed out; a clone elsewhere has none. */
const corpus = '../shared/corpus/';
export const corpusIsHere = existsSync(corpus);
/** For the titles of suites that need it. */
export const orSkipped = corpusIsHere ? '' : ' (skipped: ../shared/corpus is not here)';

/** The lines of a corpus file as byte strings, blank ones left out. */
export function corpusLines(file: string): string[] {
  const bytes = readFileSync(corpus + file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  return text.split('\n').filter((line) => line !== '');
}

export function corpusJsonLines(file: string): unknown[] {
  const lines = readFileSync(corpus + file, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line): unknown => JSON.parse(line));
}

/** How a line ends: `FORMAT`, `FORMAT: reason` for a bad line, `test object`, `no format`. */
export function verdict(line: string): string {
  if (isTestObjectLine(line)) return 'test object';
  const format = formatOf(line);
  if (format === undefined) return 'no format';
  const event = format.parse(line, { object: 'corpus', facts: {} }, 1);
  return event instanceof BadLine ? `${format.name}: ${event.reason}` : format.name;
}

/** The record of a line that must be good, with its time as `timeNs`. */
export function recordOf(line: string): Record<string, EventValue> {
  const format = formatOf(line);
  const event = format?.parse(line, { object: 'corpus', facts: {} }, 1);
  if (format === undefined || event === undefined || event instanceof BadLine) throw new Error(verdict(line));
  return { ...eventRecord(event, format), timeNs: event.timeNs };
}
