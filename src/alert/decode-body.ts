import type { Alert } from './alert.ts';
import { type AlertLimits, alertOf, decodeAlert, defaultLimits, exceeds, isObject } from './falco-json.ts';
import { decodeTextAlert } from './falco-text.ts';
import { type FluentRecord, fluentAlert, fluentRecord } from './fluent-record.ts';
import { Refused } from './refused.ts';
import { splitJson } from './split-json.ts';

/** What a request's body held, in its order. */
export interface DecodedBody {
  readonly records: readonly (Alert | Refused | 'skipped')[];
  /** False for one JSON object or one line of text, which is how Falco and falcosidekick's clients send. */
  readonly batch: boolean;
}

/** Far more than real alerts fit into a body; `{}{}{}…` would else become a hundred times its size in memory. */
export const maxRecords = 50_000;

const tooMany: DecodedBody = {
  records: [
    new Refused('too_large', '', `The body has more than ${maxRecords} records; none was taken. Send smaller batches.`),
  ],
  batch: true,
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
    if (lines.length === 0) return { records: [new Refused('bad_text', '', 'The body is empty.')], batch: false };
    return { records: lines.map((line) => decodeTextAlert(line, nowMs, limits)), batch: lines.length > 1 };
  }
  if (start === '{') {
    const single = parsed(text);
    if (isObject(single)) {
      const record = fluentRecord(single, text, limits);
      if (record === undefined) return { records: [decoded(single, text, nowMs, limits)], batch: false };
      return { records: joined([{ record, text }], nowMs, limits), batch: true };
    }
  }
  const pieces: Piece[] = [];
  let batch = start === '[';
  for (const piece of splitJson(text)) {
    if (pieces.length === maxRecords) return tooMany;
    const value = exceeds(piece.text, limits.maxBytes) ? undefined : parsed(piece.text);
    const record = isObject(value) ? fluentRecord(value, piece.text, limits) : undefined;
    if (record !== undefined) pieces.push({ record, text: piece.text });
    else if (isObject(value)) pieces.push({ ready: alertOf(value, piece.text, nowMs, limits) });
    // A line between JSON values may be Falco's text; within an array it is only a wrong element.
    else if (!piece.listed && !piece.text.startsWith('{'))
      pieces.push({ ready: decodeTextAlert(piece.text, nowMs, limits) });
    else pieces.push({ ready: decodeAlert(piece.text, nowMs, limits) });
    batch ||= pieces.length > 1;
  }
  return { records: joined(pieces, nowMs, limits), batch };
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

/** The alerts of the pieces, each line that Docker cut put together where its last part stands. */
function joined(pieces: readonly Piece[], nowMs: number, limits: AlertLimits): DecodedBody['records'] {
  const parts = new Map<string, FluentRecord[]>();
  for (const piece of pieces) {
    if ('record' in piece && piece.record.part !== undefined) {
      const { id } = piece.record.part;
      parts.set(id, [...(parts.get(id) ?? []), piece.record]);
    }
  }
  return pieces.flatMap((piece) => {
    if ('ready' in piece) return piece.ready;
    const { record, text } = piece;
    if (record.part === undefined) return fluentAlert(record, text, nowMs, limits);
    const line = wholeLine(parts.get(record.part.id) ?? []);
    if (line === undefined)
      return new Refused('incomplete', 'partial_id', 'Not all parts of this line are in the body.');
    return record.part.last ? fluentAlert({ ...record, line }, text, nowMs, limits) : [];
  });
}

/** The line of the parts, undefined where one is missing. Docker counts them from 1. */
function wholeLine(parts: readonly FluentRecord[]): string | undefined {
  const sorted = parts.toSorted((a, b) => (a.part?.ordinal ?? 0) - (b.part?.ordinal ?? 0));
  const whole = sorted.every(
    ({ part }, index) => part?.ordinal === index + 1 && part.last === (index === parts.length - 1),
  );
  return whole ? sorted.map(({ line }) => (typeof line === 'string' ? line : '')).join('') : undefined;
}
