import { hash } from 'node:crypto';
import { bytesOfText } from '../../src/base/bytes.ts';
import {
  BadLine,
  type EventField,
  type EventValue,
  type FieldType,
  type LineOrigin,
  type LogEvent,
  type LogFormat,
} from '../../src/detect/formats/format.ts';
import type { EventSource } from '../../src/detect/rules/engine.ts';
import type { CaseEvent, FieldsFile } from './cases.ts';
import { syscallFields } from './syscall-fields.ts';

/** The event of a case: its fields by name, and the time at which all the data was produced. */
export interface CaseLogEvent extends LogEvent {
  readonly values: CaseEvent;
}

const timeNs = 1_700_000_000_123_456_789n;
const origin: LineOrigin = { object: 'conformance', facts: {} };

export function caseEvent(values: CaseEvent, line = 1): CaseLogEvent {
  const summary = values['_info'];
  const raw = typeof summary === 'string' ? bytesOfText(summary) : '';
  return { raw, origin, line, eventId: hash('sha256', String(line)).slice(0, 32), timeNs, values };
}

/** The synthetic plugin that the data was produced with, as a log format: its fields are looked up in the case's event. */
export function syntheticFormat({ source, fields }: FieldsFile): LogFormat<CaseLogEvent> {
  return {
    name: source,
    eventSource: source,
    about: 'The synthetic events of the conformance cases.',
    fields: fields.map(
      ({ name, type, list, arg }): EventField<CaseLogEvent> => ({
        name,
        type,
        about: name,
        ...(list && { list }),
        ...(arg && { arg }),
        read: (event, argument) => {
          const held = event.values[name];
          if (isRecord(held)) return eventValue(type, held[argument ?? '']);
          return argument === undefined ? eventValue(type, held) : undefined;
        },
      }),
    ),
    recognises: () => true,
    parse: () => new BadLine('synthetic', 'cases have events, not lines'),
  };
}

export function syntheticSource({ source, plugin, fields }: FieldsFile): EventSource {
  return {
    name: source,
    plugin: { name: plugin, version: '0.1.0' },
    fields: fields.map(({ name, type, list, arg }) => ({ name, type, list, about: name, ...(arg && { arg }) })),
  };
}

/** Falco's own source, which the data's rules for `syscall` name. */
export const syscallSource: EventSource = {
  name: 'syscall',
  plugin: { name: 'syscall', version: '0.0.0' },
  fields: syscallFields,
};

const numeric: ReadonlySet<FieldType> = new Set(['uint64', 'reltime', 'abstime']);

function eventValue(type: FieldType, value: unknown): EventValue | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item) => eventValue(type, item)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value === 'string') return numeric.has(type) ? wholeNumber(value) : bytesOfText(value);
  if (typeof value === 'number' || typeof value === 'bigint') return wholeNumber(String(value));
  return typeof value === 'boolean' ? value : undefined;
}

function wholeNumber(digits: string): EventValue {
  const value = BigInt(digits);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
