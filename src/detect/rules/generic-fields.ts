import type { FieldValue } from '../../alert/alert.ts';
import { alertTimeOfNs } from '../../alert/alert-time.ts';
import { bytesOfText, textOfBytes } from '../../base/bytes.ts';
import type { EventValue, FieldSpec } from '../formats/format.ts';
import { toFirstNul } from './message/render.ts';

/** What the engine knows of an event beside its fields. One object per engine, its members set anew for each event. */
export interface EventHead {
  /** Counts the events of the source, from 1. */
  readonly num: number;
  /** Nanoseconds since the Unix epoch. */
  readonly timeNs: bigint;
  /** The time of the source's first event. */
  readonly firstTimeNs: bigint;
  /** The event source's name. */
  readonly source: string;
  readonly pluginName: string;
  /** The event in one line, a byte string: `evt.plugininfo`. */
  readonly summary: string;
  readonly hostname: string;
}

/** A field that Falco has for every event source. */
export interface GenericField extends FieldSpec {
  /** What conditions compare, and what an output prints unless `text` says otherwise. */
  readonly read: (head: EventHead) => EventValue | undefined;
  /** The text in an output where it is not simply the value. */
  readonly text?: (head: EventHead) => string;
  /** The value in `output_fields` where it is not `read`'s, text as text: Falco writes every time as nanoseconds. */
  readonly json?: (head: EventHead) => FieldValue;
}

/** A bigint, or the number that is the same integer where one can be: the one form of `EventValue` integers. */
export function canonicalInteger(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
}

const second = 1_000_000_000n;
const nanoseconds = (time: bigint): string => (time % second).toString().padStart(9, '0');
/** For years that ISO 8601 writes with a sign; no log line has one. */
const unwritable = '1970-01-01T00:00:00.000000000';
const localTime = (time: bigint): Date => new Date(Number(time / 1_000_000n));
const two = (value: number): string => String(value).padStart(2, '0');

/** `HH:MM:SS` of the machine's time zone. */
function clockTime(time: bigint): string {
  const local = localTime(time);
  return `${two(local.getHours())}:${two(local.getMinutes())}:${two(local.getSeconds())}`;
}

// The lines of a log come by the second.
let lastSecondNs = 0n;
let lastClock = '';

/** `HH:MM:SS.nnnnnnnnn` of the machine's time zone. */
function clockTimeWithNanos(time: bigint): string {
  let nanos = Number(time - lastSecondNs);
  if (lastClock === '' || !(nanos >= 0 && nanos < 1e9)) {
    lastSecondNs = time - (time % second);
    lastClock = clockTime(time);
    nanos = Number(time - lastSecondNs);
  }
  return `${lastClock}.${String(nanos).padStart(9, '0')}`;
}

/** `YYYY-MM-DD` of the machine's time zone. */
function localDate(time: bigint): string {
  const local = localTime(time);
  return `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
}

const timestamp = ({ timeNs }: EventHead): number | bigint => canonicalInteger(timeNs);

export const genericFields: readonly GenericField[] = [
  {
    name: 'evt.num',
    type: 'uint64',
    about: 'Number of the event, counted from 1 for each event source.',
    read: ({ num }) => num,
  },
  {
    name: 'evt.time',
    type: 'string',
    about: "The event's time of day in local time, with nanoseconds.",
    read: ({ timeNs }) => clockTimeWithNanos(timeNs),
    json: timestamp,
  },
  {
    name: 'evt.time.s',
    type: 'string',
    about: "The event's time of day in local time, in whole seconds.",
    read: ({ timeNs }) => clockTime(timeNs),
    json: timestamp,
  },
  {
    name: 'evt.time.iso8601',
    type: 'string',
    about: "The event's time as ISO 8601 in UTC, with nanoseconds.",
    read: ({ timeNs }) => `${alertTimeOfNs(timeNs)?.slice(0, -1) ?? unwritable}+0000`,
    json: timestamp,
  },
  {
    name: 'evt.datetime',
    type: 'string',
    about: "The event's date and time in local time, with nanoseconds.",
    read: ({ timeNs }) => `${localDate(timeNs)} ${clockTime(timeNs)}.${nanoseconds(timeNs)}`,
    json: timestamp,
  },
  {
    name: 'evt.datetime.s',
    type: 'string',
    about: "The event's date and time in local time, in whole seconds.",
    read: ({ timeNs }) => `${localDate(timeNs)} ${clockTime(timeNs)}`,
    json: timestamp,
  },
  {
    name: 'evt.rawtime',
    type: 'abstime',
    about: "The event's time in nanoseconds since the Unix epoch.",
    read: timestamp,
  },
  {
    name: 'evt.rawtime.s',
    type: 'abstime',
    about: 'The whole seconds of evt.rawtime.',
    read: ({ timeNs }) => canonicalInteger(timeNs / second),
  },
  {
    name: 'evt.rawtime.ns',
    type: 'abstime',
    about: 'The nanoseconds of evt.rawtime beyond whole seconds.',
    read: ({ timeNs }) => Number(timeNs % second),
    text: ({ timeNs }) => nanoseconds(timeNs),
  },
  {
    name: 'evt.reltime',
    type: 'reltime',
    about: "Nanoseconds since the source's first event.",
    read: (head) => canonicalInteger(relativeTime(head)),
    text: (head) => relativeTime(head).toString().padStart(9, '0'),
  },
  {
    name: 'evt.reltime.s',
    type: 'reltime',
    about: 'The whole seconds of evt.reltime.',
    read: (head) => canonicalInteger(relativeTime(head) / second),
  },
  {
    name: 'evt.reltime.ns',
    type: 'reltime',
    about: 'The nanoseconds of evt.reltime beyond whole seconds.',
    read: (head) => Number(relativeTime(head) % second),
    text: (head) => nanoseconds(relativeTime(head)),
  },
  {
    name: 'evt.pluginname',
    type: 'string',
    about: 'Name of the plugin that the event source belongs to.',
    read: ({ pluginName }) => pluginName,
  },
  {
    name: 'evt.plugininfo',
    type: 'string',
    about: 'The event in one line.',
    read: ({ summary }) => summary,
    text: ({ summary }) => bytesOfText(shownSummary(summary)),
    json: ({ summary }) => shownSummary(summary),
  },
  {
    name: 'evt.source',
    type: 'string',
    about: 'Name of the event source.',
    read: ({ source }) => source,
  },
  {
    name: 'evt.is_async',
    type: 'bool',
    about: 'Always false: no event of a log is asynchronous.',
    read: () => false,
  },
  {
    name: 'evt.asynctype',
    type: 'string',
    about: 'Always absent: no event of a log is asynchronous.',
    read: () => undefined,
  },
  {
    name: 'evt.hostname',
    type: 'string',
    about: 'Host that runs the engine; FALCO_HOSTNAME where that is set.',
    read: ({ hostname }) => hostname,
  },
];

const unprintable = /[\p{Cc}\p{Noncharacter_Code_Point}]/gu;

/** Falco prints this one field with U+FFFD for what cannot be printed; conditions compare it as it is. */
function shownSummary(summary: string): string {
  return textOfBytes(toFirstNul(summary)).replace(unprintable, '\ufffd');
}

/** Falco subtracts in unsigned 64 bits: an event older than the first one wraps around. */
function relativeTime({ timeNs, firstTimeNs }: EventHead): bigint {
  return BigInt.asUintN(64, timeNs - firstTimeNs);
}
