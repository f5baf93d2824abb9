import { parseJson, stringifyJson } from '../base/json.ts';
import { quoted } from '../base/printable.ts';
import { alertTime, alertTimeOfMs, alertTimeOfNs } from './alert-time.ts';
import { type Alert, alertId, type Fields, type FieldValue } from './alert.ts';
import { type Priority, parsePriority, priorities } from './priority.ts';
import { ReceivedAlert } from './received-alert.ts';
import { Refused } from './refused.ts';

/** What one alert may cost. */
export interface AlertLimits {
  /** UTF-8 bytes of its JSON. */
  readonly maxBytes: number;
  /** Nesting of objects and arrays, the alert itself being 1. */
  readonly maxDepth: number;
}

export const defaultLimits: AlertLimits = { maxBytes: 1_048_576, maxDepth: 32 };

/**
 * The alert that a JSON text says: Falco's `http_output` or falcosidekick's payload, which differ only in `uuid`.
 *
 * - The id is `alertId(event id, rule)` where `output_fields` has `awselb.event_id`, else that of the text, so that the
 *   same text is always the same alert. `uuid` is ignored: falcosidekick draws a new one at every pass.
 * - A missing `time` is the one that `evt.time` tells, else `nowMs`; a missing `source` is `syscall`, missing
 *   `output_fields` are none, a missing `output` is the rule's name. Keys that are not Falco's are left out (`received` has them).
 * - Whole numbers stay whole (see FieldValue), everything else is as `JSON.parse` reads it.
 */
export function decodeAlert(text: string, nowMs: number, limits: AlertLimits = defaultLimits): Alert | Refused {
  if (exceeds(text, limits.maxBytes)) {
    return new Refused('too_large', '', `The alert has more than ${limits.maxBytes} bytes.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return new Refused('bad_json', '', `This is not JSON: ${syntaxError(error)}`);
  }
  return alertOf(value, text, nowMs, limits);
}

/** As `decodeAlert`, for a text that `JSON.parse` has read already. `value` is not kept. */
export function alertOf(value: unknown, text: string, nowMs: number, limits: AlertLimits): Alert | Refused {
  if (!isObject(value)) return new Refused('bad_json', '', 'An alert is a JSON object.');
  const found = survey(value, limits.maxDepth);
  if (found === 'deep')
    return new Refused('too_deep', '', `An alert has at most ${limits.maxDepth} levels of nesting.`);
  if (found === 'huge') return new Refused('bad_field', '', 'The alert has a number beyond 1.8e308.');

  const priority = priorityOf(value.priority);
  if (priority instanceof Refused) return priority;
  const { rule, output, source, hostname, output_fields: rawFields } = value;
  if (typeof rule !== 'string' || rule === '') {
    return new Refused('missing_rule', 'rule', 'An alert needs the name of its rule, a text that is not empty.');
  }
  const wrong = notText(output) ? 'output' : notText(source) ? 'source' : notText(hostname) ? 'hostname' : undefined;
  if (wrong !== undefined) return new Refused('bad_field', wrong, `${wrong} must be a text.`);
  const tags = tagsOf(value.tags);
  if (tags instanceof Refused) return tags;
  if (rawFields !== undefined && rawFields !== null && !isObject(rawFields)) {
    return new Refused('bad_field', 'output_fields', 'output_fields must be an object.');
  }
  // Safe: JSON.parse made it, and numbers that it could not keep are repaired.
  const parsed = (rawFields ?? {}) as Fields;
  const fields = found === 'lossy' ? wholeFields(parsed, text) : parsed;
  const time = timeOf(value.time, fields, nowMs);
  if (time instanceof Refused) return time;

  const eventId = fields['awselb.event_id'];
  const alert = {
    id: typeof eventId === 'string' && eventId !== '' ? alertId(eventId, rule) : alertId(text),
    time,
    rule,
    priority,
    source: typeof source === 'string' && source !== '' ? source : 'syscall',
    output: typeof output === 'string' ? output : rule,
    ...(typeof hostname === 'string' && hostname !== '' ? { hostname } : {}),
    tags,
    fields,
    received: text,
  };
  // The time of arrival is not in the text.
  return value.time === undefined || value.time === null || value.time === '' ? alert : new ReceivedAlert(alert);
}

/**
 * The alert as we send it: Falco's JSON, keys in Falco's order (sorted), with three keys more. `enrichment` has what the
 * enrichers added; `id` is the alert's id; `uuid` is the id in the shape of a UUID (version 8), for receivers that were
 * built for falcosidekick. No blanks, no line end.
 */
export function encodeAlert(alert: Alert): string {
  const { enrichment, hostname } = alert;
  return stringifyJson({
    ...(enrichment === undefined ? {} : { enrichment: sorted(enrichment) }),
    ...(hostname === undefined ? {} : { hostname }),
    id: alert.id,
    output: alert.output,
    output_fields: sorted(alert.fields),
    priority: alert.priority,
    rule: alert.rule,
    source: alert.source,
    tags: alert.tags,
    time: alert.time,
    uuid: uuidOf(alert.id),
  });
}

function uuidOf(id: string): string {
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-8${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20)}`;
}

/** Falco's JSON library keeps keys in order; most fields come from Falco and are so already. */
function sorted(fields: Fields): Fields {
  const keys = Object.keys(fields);
  if (keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') < key)) return fields;
  return Object.fromEntries(keys.sort().map((key) => [key, fields[key] ?? null]));
}

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notText(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'string';
}

/** True when the text has more than `maxBytes` bytes of UTF-8; counts them only where its length leaves a doubt. */
export function exceeds(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes);
}

/**
 * What `JSON.parse` made of it: `whole`; `lossy` when an integer may be beyond ±(2^53 − 1); `huge` when a number is beyond
 * every double (a million digits in a row would take seconds to read and write); `deep` when it is nested too deeply.
 */
export function survey(value: JsonObject, levels: number): 'whole' | 'lossy' | 'huge' | 'deep' {
  if (levels === 0) return 'deep';
  let found: 'whole' | 'lossy' = 'whole';
  // Object.values: for…in over objects of many shapes and over arrays takes three times as long.
  for (const member of Array.isArray(value) ? (value as readonly unknown[]) : Object.values(value)) {
    if (typeof member === 'number') {
      if (member <= Number.MAX_SAFE_INTEGER && member >= Number.MIN_SAFE_INTEGER) continue;
      if (!Number.isFinite(member)) return 'huge';
      found = 'lossy';
    } else if (typeof member === 'object' && member !== null) {
      const inside = survey(member as JsonObject, levels - 1);
      if (inside === 'lossy') found = 'lossy';
      else if (inside !== 'whole') return inside;
    }
  }
  return found;
}

/**
 * The fields with their long integers as the text has them. Every alert of Falco has one, `evt.time`, and `JSON.parse`
 * with a reviver takes 15 µs where the plain one takes 3: so a long integer is first looked for under its key.
 */
function wholeFields(fields: Fields, text: string): Fields {
  const whole: Record<string, FieldValue> = fields;
  for (const key in fields) {
    const value = fields[key] ?? null;
    if (typeof value === 'object' && value !== null) return reread(text);
    if (typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER) continue;
    const source = integerAfter(text, key);
    if (source === undefined) return reread(text);
    whole[key] = BigInt(source);
  }
  return whole;
}

function reread(text: string): Fields {
  const value = parseJson(text);
  return isObject(value) && isObject(value.output_fields) ? value.output_fields : {};
}

const digits = /-?\d+(?=[,}])/y;

/** The integer after the only `"key":` in the text; undefined when it is not that simple. */
function integerAfter(text: string, key: string): string | undefined {
  const needle = `${JSON.stringify(key)}:`;
  const at = text.indexOf(needle);
  // Inside a text a quote has a backslash before it, so after a comma or brace it can only open a key.
  if (at < 1 || !'{,'.includes(text.charAt(at - 1)) || text.includes(needle, at + 1)) return undefined;
  digits.lastIndex = at + needle.length;
  return digits.exec(text)?.[0];
}

const wanted = `one of ${priorities.join(', ')}`;

function priorityOf(value: unknown): Priority | Refused {
  if (typeof value !== 'string') {
    return new Refused('bad_priority', 'priority', `An alert needs a priority, ${wanted}.`);
  }
  const priority = parsePriority(value);
  return priority ?? new Refused('bad_priority', 'priority', `The priority ${quoted(value, 40)} is not ${wanted}.`);
}

const noTags: readonly string[] = [];

function tagsOf(value: unknown): readonly string[] | Refused {
  if (value === undefined || value === null) return noTags;
  if (!Array.isArray(value)) return new Refused('bad_field', 'tags', 'tags must be an array of texts.');
  const wrong = value.findIndex((tag) => typeof tag !== 'string');
  if (wrong !== -1) return new Refused('bad_field', `tags[${wrong}]`, 'A tag must be a text.');
  const tags = value as string[];
  // Falco sends them so.
  const isSorted = tags.every((tag, at) => at === 0 || (tags[at - 1] ?? '') < tag);
  return isSorted ? tags : [...new Set(tags)].sort();
}

function timeOf(value: unknown, fields: Fields, nowMs: number): string | Refused {
  if (value === undefined || value === null || value === '') {
    const ns = fields['evt.time'] ?? fields['evt.time.iso8601'];
    return (typeof ns === 'bigint' ? alertTimeOfNs(ns) : undefined) ?? alertTimeOfMs(nowMs) ?? '';
  }
  const time = typeof value === 'string' ? alertTime(value) : undefined;
  return time ?? new Refused('bad_time', 'time', 'time must be RFC 3339, as 2026-11-20T23:09:37.029160000Z.');
}

/** V8's message without the piece of input that it quotes. */
function syntaxError(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const at = /at position (\d+)/.exec(message)?.[1];
  return at === undefined ? 'it ends too early or is no JSON value.' : `unexpected character at position ${at}.`;
}
