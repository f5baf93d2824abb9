import type { Alert } from './alert.ts';
import {
  type AlertLimits,
  alertOf,
  decodeAlert,
  defaultLimits,
  exceeds,
  isObject,
  type JsonObject,
} from './falco-json.ts';
import { decodeTextAlert } from './falco-text.ts';
import { type FluentRecord, fluentAlert, fluentRecord } from './fluent-record.ts';
import { LineRuns } from './line-runs.ts';
import { Refused } from './refused.ts';
import { splitJson } from './split-json.ts';

/** What a request's body held, in its order. */
export interface DecodedBody {
  readonly records: readonly (Alert | Refused | 'skipped')[];
  /** False for one JSON object or one line of text, which is how Falco and falcosidekick's clients send. */
  readonly batch: boolean;
  /** Parts of lines of which others are not in this body: deliver/line-parts.ts keeps them until those come. */
  readonly parts: readonly LinePiece[];
}

/** A part of a line, as its record. */
export interface LinePiece {
  readonly record: FluentRecord & { readonly part: NonNullable<FluentRecord['part']> };
  /** The record's JSON. */
  readonly text: string;
}

const noParts: readonly LinePiece[] = [];

/** Far more than real alerts fit into a body; `{}{}{}…` would else become a hundred times its size in memory. */
export const maxRecords = 50_000;

const tooMany: DecodedBody = {
  records: [
    new Refused('too_large', '', `The body has more than ${maxRecords} records; none was taken. Send smaller batches.`),
  ],
  batch: true,
  parts: noParts,
};

/**
 * The alerts in a body, whatever shape it has: one alert of Falco's or falcosidekick's, arrays, NDJSON, concatenated JSON,
 * records of Fluent Bit and FireLens, Falco's text lines. Content-Type is not asked: senders get it wrong, the text tells.
 * `skipped` is a line that a log router sent along and that is no alert. Never throws.
 */
export function decodeBody(body: string, nowMs: number, limits: AlertLimits = defaultLimits): DecodedBody {
  const text = body.trim();
  const start = text.charAt(0);
  if (start !== '{' && start !== '[') {
    const all = text.split('\n', maxRecords + 1);
    if (all.length > maxRecords) return tooMany;
    const lines = all.filter((line) => line.trim() !== '');
    if (lines.length === 0)
      return { records: [new Refused('bad_text', '', 'The body is empty.')], batch: false, parts: noParts };
    return {
      records: lines.map((line) => decodeTextAlert(line, nowMs, limits)),
      batch: lines.length > 1,
      parts: noParts,
    };
  }
  if (start === '{') {
    const single = parsed(text);
    if (isObject(single)) {
      const record = fluentRecord(single, text, limits);
      if (record === undefined)
        return { records: [decoded(single, text, nowMs, limits)], batch: false, parts: noParts };
      return { ...joined([{ record, text }], nowMs, limits), batch: true };
    }
  }
  return decodeRest(text, nowMs, limits, start === '[');
}

/** What a batch holds behind its first alerts; `batch` is true already where there were some. */
export function decodeRest(text: string, nowMs: number, limits: AlertLimits, startsBatch = true): DecodedBody {
  const pieceOf = (value: JsonObject, piece: string): Piece => {
    const record = fluentRecord(value, piece, limits);
    return record === undefined ? { ready: alertOf(value, piece, nowMs, limits) } : { record, text: piece };
  };
  if (text.startsWith('{')) {
    const lines = objectLines(text, limits, pieceOf);
    if (lines !== undefined) return { ...joined(lines, nowMs, limits), batch: true };
  }
  const pieces: Piece[] = [];
  let batch = startsBatch;
  for (const piece of splitJson(text)) {
    if (pieces.length === maxRecords) return tooMany;
    const value = exceeds(piece.text, limits.maxBytes) ? undefined : parsed(piece.text);
    if (isObject(value)) pieces.push(pieceOf(value, piece.text));
    // A line between JSON values may be Falco's text; within an array it is only a wrong element.
    else if (!piece.listed && !piece.text.startsWith('{'))
      pieces.push({ ready: decodeTextAlert(piece.text, nowMs, limits) });
    else pieces.push({ ready: decodeAlert(piece.text, nowMs, limits) });
    batch ||= pieces.length > 1;
  }
  return { ...joined(pieces, nowMs, limits), batch };
}

/**
 * The pieces of a text of which every line is a JSON object, as nearly all batches are; undefined for any other. Finding
 * the ends of lines costs a fraction of finding those of brackets, and where each line is whole they are the same.
 */
function objectLines(
  text: string,
  { maxBytes }: AlertLimits,
  pieceOf: (value: JsonObject, text: string) => Piece,
): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end === -1 ? text.length : end).trim();
    from = end === -1 ? text.length : end + 1;
    if (line === '') continue;
    if (pieces.length === maxRecords || line.charAt(0) !== '{' || exceeds(line, maxBytes)) return undefined;
    const value = parsed(line);
    if (!isObject(value)) return undefined;
    pieces.push(pieceOf(value, line));
  }
  return pieces.length > 1 ? pieces : undefined;
}

/** Some alerts of a batch. */
interface AlertRun {
  readonly alerts: readonly Alert[];
  /** Where the text goes on behind them. */
  readonly end: number;
}

/**
 * The alerts at the start of a batch, a few at a time, so that a large one is never whole in memory: as long as line after
 * line is an alert and nothing else. The rest of the bytes, from the last `end`, is for `decodeRest`. Bytes, not text: of a
 * text of megabytes V8 gives the memory back only when it collects the whole heap, of a line's at once.
 */
export function* leadingAlerts(
  bytes: Buffer,
  nowMs: number,
  limits: AlertLimits = defaultLimits,
  alertsAtOnce = 300,
): Generator<AlertRun> {
  if (!hasLines(bytes)) return;
  let alerts: Alert[] = [];
  let end = 0;
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(lineFeed, from);
    const lineEnd = found === -1 ? bytes.length : found;
    // No character but the line feed has its byte, also where the bytes are no UTF-8: lines are the same as of the text.
    const line = bytes.toString('utf8', from, lineEnd).trim();
    from = lineEnd + 1;
    if (line !== '') {
      if (line.charAt(0) !== '{' || exceeds(line, limits.maxBytes)) break;
      const value = parsed(line);
      if (!isObject(value) || fluentRecord(value, line, limits) !== undefined) break;
      const alert = alertOf(value, line, nowMs, limits);
      if (alert instanceof Refused) break;
      alerts.push(alert);
    }
    end = Math.min(from, bytes.length);
    if (alerts.length < alertsAtOnce) continue;
    yield { alerts, end };
    alerts = [];
  }
  if (alerts.length > 0) yield { alerts, end };
}

const lineFeed = 0x0a;

/** True for two lines and more, up to as many as a body may have. */
function hasLines(bytes: Buffer): boolean {
  let lines = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1 && lines <= maxRecords; at = bytes.indexOf(lineFeed, at + 1))
    lines += 1;
  return lines > 0 && lines < maxRecords;
}

function decoded(value: unknown, text: string, nowMs: number, limits: AlertLimits): Alert | Refused {
  return exceeds(text, limits.maxBytes) ? decodeAlert(text, nowMs, limits) : alertOf(value, text, nowMs, limits);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Piece = { readonly ready: Alert | Refused } | { readonly record: FluentRecord; readonly text: string };

const unended = new Refused(
  'incomplete',
  'logtag',
  'The line goes on in another request: have Fluent Bit join its parts, multiline.parser cri.',
);

/** The alerts of the pieces, each line that Docker or containerd cut put together where its last part stands. */
function joined(pieces: readonly Piece[], nowMs: number, limits: AlertLimits): Pick<DecodedBody, 'records' | 'parts'> {
  const lines = new Map<string, LinePiece[]>();
  for (const piece of pieces) {
    if ('ready' in piece || !isPart(piece)) continue;
    const { id } = piece.record.part;
    lines.set(id, [...(lines.get(id) ?? []), piece]);
  }
  const parts: LinePiece[] = [];
  const runs = new LineRuns();
  const records = pieces.flatMap((piece) => {
    if ('ready' in piece) return piece.ready;
    if (!isPart(piece)) {
      const record = runs.take(piece.record);
      return record === undefined ? [] : fluentAlert(record, piece.text, nowMs, limits);
    }
    const line = lines.get(piece.record.part.id) ?? [];
    if (!isWhole(line)) {
      parts.push(piece);
      return [];
    }
    return piece.record.part.last ? joinedAlert(line, nowMs, limits) : [];
  });
  for (let left = runs.unended(); left > 0; left--) records.push(unended);
  return { records, parts: parts.length === 0 ? noParts : parts };
}

function isPart(piece: Piece): piece is LinePiece {
  return 'record' in piece && piece.record.part !== undefined;
}

/** Whether these are all parts of one line, in whatever order. Docker counts them from 1. */
function isWhole(parts: readonly LinePiece[]): boolean {
  return inOrder(parts).every(
    ({ record: { part } }, index) => part.ordinal === index + 1 && part.last === (index === parts.length - 1),
  );
}

/** The alert in a line whose parts these are, all of them, with what the router says of the last. */
export function joinedAlert(
  parts: readonly LinePiece[],
  nowMs: number,
  limits: AlertLimits,
): Alert | Refused | 'skipped' {
  const sorted = inOrder(parts);
  const last = sorted.at(-1);
  if (last === undefined) return 'skipped';
  const line = sorted.map(({ record }) => (typeof record.line === 'string' ? record.line : '')).join('');
  return fluentAlert({ ...last.record, line }, last.text, nowMs, limits);
}

function inOrder(parts: readonly LinePiece[]): LinePiece[] {
  return parts.toSorted((a, b) => a.record.part.ordinal - b.record.part.ordinal);
}

/** A part's record from its JSON, as an earlier body had it. */
export function linePiece(text: string, limits: AlertLimits): LinePiece | undefined {
  const value = parsed(text);
  const record = isObject(value) ? fluentRecord(value, text, limits) : undefined;
  const piece = record === undefined ? undefined : { record, text };
  return piece !== undefined && isPart(piece) ? piece : undefined;
}
