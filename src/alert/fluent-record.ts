import { type Json, parseJson, stringifyJson } from '../base/json.ts';
import type { Alert, Fields, FieldValue } from './alert.ts';
import { type AlertLimits, alertOf, decodeAlert, isObject, type JsonObject, survey } from './falco-json.ts';
import { decodeTextAlert } from './falco-text.ts';
import { Refused } from './refused.ts';

/**
 * A record of Fluent Bit, which is also what AWS FireLens sends: one line of a container's output in `log` (or `message`),
 * beside what the log router knows of the container:
 *
 *     {"date":1795216177.03,"log":"{\"hostname\":…}","container_id":…,"ecs_cluster":…,"kubernetes":{"pod_name":…}}
 *
 * With a JSON parser filter the keys of Falco's alert stand beside the metadata instead, or inside `log` as an object.
 */
export interface FluentRecord {
  readonly line: string | { readonly [key: string]: Json };
  /** `fluent.ecs_cluster`, `fluent.kubernetes.pod_name` …: kept as the alert's enrichment, where routes can match it. */
  readonly metadata: Fields;
  /** Where the record is a piece of a line that Docker cut at 16 KiB. */
  readonly part?: LinePart;
  /** Where containerd wrote the line, whole or cut at 16 KiB. */
  readonly run?: LineRun;
}

/** Containerd numbers no parts: they are the lines of one stream of one container, one after the other, up to a last one. */
interface LineRun {
  /** The same for all lines of one stream. */
  readonly of: string;
  readonly last: boolean;
}

interface LinePart {
  readonly id: string;
  readonly ordinal: number;
  readonly last: boolean;
}

/** Whether it has a key that only log routers write, which makes a record of what would else be a plain alert. */
function isRouted({
  container_id,
  container_name,
  ecs_cluster,
  ecs_task_arn,
  ec2_instance_id,
  kubernetes,
}: JsonObject): boolean {
  // One by one, not by a list of keys: this is asked of every alert.
  return (
    container_id !== undefined ||
    container_name !== undefined ||
    ecs_cluster !== undefined ||
    ecs_task_arn !== undefined ||
    ec2_instance_id !== undefined ||
    kubernetes !== undefined
  );
}

const falcoKeys = new Set(
  ['hostname', 'message', 'output', 'output_fields', 'priority', 'rule', 'source', 'tags', 'time'].concat(
    'uuid',
    'id',
    'enrichment',
  ),
);
/** What says nothing about where the line comes from, or is said elsewhere. */
const lineKeys = new Set([
  'log',
  'date',
  '@timestamp',
  'stream',
  'partial_message',
  'partial_id',
  'partial_ordinal',
  'partial_last',
  'logtag',
]);

/** The record that the JSON object `value`, read from `text`, is; undefined when it is a plain alert. */
export function fluentRecord(value: JsonObject, text: string, limits: AlertLimits): FluentRecord | undefined {
  const lifted = typeof value.rule === 'string' && typeof value.priority === 'string';
  const line = lifted ? undefined : (value.log ?? value.message);
  if (lifted ? !isRouted(value) : typeof line !== 'string' && !isObject(line)) {
    return undefined;
  }
  const found = survey(value, limits.maxDepth);
  if (found === 'deep' || found === 'huge') return undefined;
  const record = parseJson(text);
  if (!isJsonObject(record)) return undefined;
  const metadata: Record<string, FieldValue> = {};
  for (const [key, each] of Object.entries(record)) {
    if (lineKeys.has(key) || (lifted && falcoKeys.has(key)) || (key === 'message' && value.log === undefined)) continue;
    flatten(metadata, `fluent.${key}`, each);
  }
  const inner = lifted ? withoutStream(record) : (record.log ?? record.message);
  if (typeof inner !== 'string' && !isJsonObject(inner)) return undefined;
  const part = typeof inner === 'string' ? partOf(record) : undefined;
  const run = typeof inner === 'string' ? runOf(record, metadata) : undefined;
  return { line: inner, metadata, ...(part === undefined ? {} : { part }), ...(run === undefined ? {} : { run }) };
}

/** `source` is Falco's word for where events come from and Docker's for `stdout` or `stderr`; the latter says nothing. */
function withoutStream(record: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  const { source, ...rest } = record;
  return source === 'stdout' || source === 'stderr' || source === undefined ? rest : record;
}

/**
 * The alert in the record, why it is none, or `skipped` where the line has nothing of an alert: Falco prints other lines at
 * start, and a router may send other containers' logs along. `text` is the record's own.
 */
export function fluentAlert(
  { line, metadata }: FluentRecord,
  text: string,
  nowMs: number,
  limits: AlertLimits,
): Alert | Refused | 'skipped' {
  const alert =
    typeof line === 'string' ? lineAlert(line, nowMs, limits) : alertOf(line, stringifyJson(line), nowMs, limits);
  if (alert instanceof Refused) {
    const foreign = alert.code === 'bad_text' || (alert.code === 'bad_priority' && !mayBeAlert(line));
    return foreign ? 'skipped' : alert;
  }
  const received = typeof line === 'string' ? alert.received : text;
  return {
    ...alert,
    ...(received === undefined ? {} : { received }),
    ...(Object.keys(metadata).length === 0 ? {} : { enrichment: metadata }),
  };
}

function lineAlert(line: string, nowMs: number, limits: AlertLimits): Alert | Refused {
  const trimmed = line.trim();
  return trimmed.startsWith('{') ? decodeAlert(trimmed, nowMs, limits) : decodeTextAlert(trimmed, nowMs, limits);
}

/** JSON that another program logged has neither word. */
function mayBeAlert(line: FluentRecord['line']): boolean {
  return typeof line === 'string' ? /"(?:priority|rule)"\s*:/.test(line) : 'priority' in line || 'rule' in line;
}

const maxMetadata = 200;

/** Objects become dotted keys, as in `fluent.kubernetes.labels.app`; lists stay. */
function flatten(into: Record<string, FieldValue>, key: string, value: Json): void {
  if (isJsonObject(value)) {
    for (const [inner, each] of Object.entries(value)) flatten(into, `${key}.${inner}`, each);
  } else if (Object.keys(into).length < maxMetadata) into[key] = value;
}

function partOf(record: { readonly [key: string]: Json }): LinePart | undefined {
  const { partial_message: partial, partial_id: id, partial_ordinal: ordinal, partial_last: last } = record;
  if (!isTrue(partial) || typeof id !== 'string' || id === '') return undefined;
  return { id, ordinal: Number(ordinal), last: isTrue(last) };
}

/** `logtag` of the CRI log format: `P` for a part that others follow, `F` for a whole line or the last part, then other tags behind colons. */
function runOf(record: { readonly [key: string]: Json }, metadata: Fields): LineRun | undefined {
  const { logtag, stream = null } = record;
  const [tag] = typeof logtag === 'string' ? logtag.split(':', 1) : [];
  if (tag !== 'P' && tag !== 'F') return undefined;
  // Each line has a time of its own.
  const { 'fluent.time': _time, ...container } = metadata;
  return { of: stringifyJson([stream, container]), last: tag === 'F' };
}

/** Docker's driver writes texts, a filter may have made them what they spell. */
function isTrue(value: Json | undefined): boolean {
  return value === true || value === 'true';
}

function isJsonObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return isObject(value);
}
