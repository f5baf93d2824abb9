import { type ColumnKind, columnPart, piece, type RegularLines } from './format.ts';

/**
 * Splits regular lines as bytes, for who sends events on and needs no text of them. What odd lines mean stays said in one
 * place, by `ElbEvent` and `Request`, and such lines are left to them.
 */
export interface LineSplitter {
  /** Columns, and the pieces they are made of. */
  readonly parts: number;
  /**
   * Writes where part n of the line `bytes[start, end)` begins to `bounds[2n]` and where it ends to `bounds[2n + 1]`. False for a
   * line that is not regular; then the bounds mean nothing. Linear, allocates nothing, never throws.
   */
  readonly split: (bytes: Buffer, start: number, end: number, bounds: Int32Array) => boolean;
}

const pieces = columnPart(0);

export function lineSplitter({
  required,
  known,
  begins,
  time,
  kinds,
  client,
  target,
  request,
}: RegularLines): LineSplitter {
  const parts = pieces + known;
  const first = begins.map((text) => Buffer.from(text));
  return {
    parts,
    split(bytes, start, end, bounds) {
      const found = splitColumns(bytes, start, end, bounds, parts * 2);
      if (found < required || (first.length > 0 && !first.some((text) => standsAt(bytes, start, end, text))))
        return false;
      if (!timeStandsInBytes(bytes, bounds, columnPart(time))) return false;
      for (const { column, is } of kinds) if (!isOfKind(bytes, bounds, columnPart(column), is)) return false;
      if (client >= 0) splitEndpoint(bytes, bounds, columnPart(client), piece.clientIp);
      if (target >= 0) splitEndpoint(bytes, bounds, columnPart(target), piece.targetIp);
      return request < 0 || splitRequest(bytes, bounds, columnPart(request));
    },
  };
}

/** A whole number as `uintIn` of quantities.ts reads it; NaN for none, −1 for one of more than 15 digits. */
export function uintOfPart(bytes: Buffer, bounds: Int32Array, part: number): number {
  const start = bounds[2 * part]!;
  const end = bounds[2 * part + 1]!;
  if (end <= start) return Number.NaN;
  if (end - start > 15) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    if (!isDigit(bytes[at]!)) return Number.NaN;
    value = value * 10 + (bytes[at]! - 0x30);
  }
  return value;
}

/** Decimal seconds in whole microseconds, as `microsIn` of quantities.ts; NaN where that has no value. */
export function microsOfPart(bytes: Buffer, bounds: Int32Array, part: number): number {
  let at = bounds[2 * part]!;
  const end = bounds[2 * part + 1]!;
  const start = at;
  let whole = 0;
  for (; at < end && isDigit(bytes[at]!); at++) whole = whole * 10 + (bytes[at]! - 0x30);
  if (at === start) return Number.NaN;
  let micros = 0;
  if (at < end) {
    if (bytes[at] !== 0x2e || at + 1 === end) return Number.NaN;
    for (let unit = 100_000, next = at + 1; next < end; next++, unit = Math.floor(unit / 10)) {
      if (!isDigit(bytes[next]!)) return Number.NaN;
      micros += (bytes[next]! - 0x30) * unit;
    }
  }
  const sum = whole * 1_000_000 + micros;
  return Number.isSafeInteger(sum) ? sum : Number.NaN;
}

/** How many columns were found, −1 where they are not divided as in a regular line. Those not found are empty. */
function splitColumns(bytes: Buffer, start: number, end: number, bounds: Int32Array, stop: number): number {
  let slot = 2 * pieces;
  for (let at = start; at < end && slot < stop; at++, slot += 2) {
    if (bytes[at] === quote) {
      bounds[slot] = ++at;
      while (at < end && bytes[at] !== quote && bytes[at] !== backslash) at++;
      bounds[slot + 1] = at;
      if (bytes[at] !== quote || at === end || (at + 1 < end && bytes[at + 1] !== blank)) return -1;
      at++;
    } else {
      bounds[slot] = at;
      while (at < end && bytes[at] !== blank && bytes[at] !== backslash) at++;
      if (bounds[slot] === at || (at < end && bytes[at] === backslash)) return -1;
      bounds[slot + 1] = at;
    }
  }
  const found = (slot - 2 * pieces) / 2;
  bounds.fill(start, slot, stop);
  return found;
}

/** `198.51.100.7:40112`, `[2001:db8::1]:443`, `2001:db8::1:443` or `-`: address and port, as parts `ip` and `ip + 1`. */
function splitEndpoint(bytes: Buffer, bounds: Int32Array, column: number, ip: number): void {
  let start = bounds[2 * column]!;
  const end = bounds[2 * column + 1]!;
  let colon = end - 1;
  if (bytes[colon] === closeBracket) colon = start - 1;
  while (colon >= start && bytes[colon] !== 0x3a) colon--;
  let ipEnd = colon < start ? end : colon;
  if (bytes[start] === openBracket && bytes[ipEnd - 1] === closeBracket) {
    start++;
    ipEnd--;
  }
  bounds[2 * ip] = start;
  bounds[2 * ip + 1] = ipEnd;
  bounds[2 * ip + 2] = ipEnd;
  bounds[2 * ip + 3] = ipEnd;
  if (colon >= bounds[2 * column]!) {
    bounds[2 * ip + 2] = colon + 1;
    bounds[2 * ip + 3] = end;
  }
}

/** `VERB http(s)://HOST(:PORT)/… VERSION`; other requests are not regular. */
function splitRequest(bytes: Buffer, bounds: Int32Array, column: number): boolean {
  const start = bounds[2 * column]!;
  const end = bounds[2 * column + 1]!;
  let verbEnd = start;
  while (verbEnd < end && bytes[verbEnd] !== blank) verbEnd++;
  let urlEnd = end - 1;
  while (urlEnd > verbEnd && bytes[urlEnd] !== blank) urlEnd--;
  if (verbEnd === start || urlEnd <= verbEnd || urlEnd === end - 1) return false;
  const url = verbEnd + 1;
  bounds[2 * piece.verb] = start;
  bounds[2 * piece.verb + 1] = verbEnd;
  bounds[2 * piece.url] = url;
  bounds[2 * piece.url + 1] = urlEnd;
  bounds[2 * piece.proto] = urlEnd + 1;
  bounds[2 * piece.proto + 1] = end;

  if (bytes[url] !== 0x68 || bytes[url + 1] !== 0x74 || bytes[url + 2] !== 0x74 || bytes[url + 3] !== 0x70)
    return false;
  const schemeEnd = bytes[url + 4] === 0x73 ? url + 5 : url + 4;
  if (bytes[schemeEnd] !== 0x3a || bytes[schemeEnd + 1] !== slash || bytes[schemeEnd + 2] !== slash) return false;
  bounds[2 * piece.scheme] = url;
  bounds[2 * piece.scheme + 1] = schemeEnd;

  const host = schemeEnd + 3;
  let hostEnd = host;
  while (hostEnd < urlEnd && isNameByte(bytes[hostEnd]!)) hostEnd++;
  let path = hostEnd;
  if (bytes[path] === 0x3a) {
    path++;
    while (path < urlEnd && isDigit(bytes[path]!)) path++;
  }
  if (hostEnd === host || bytes[hostEnd - 1] === minus || path === urlEnd || bytes[path] !== slash) return false;
  bounds[2 * piece.host] = host;
  bounds[2 * piece.host + 1] = hostEnd;

  let mark = path;
  while (mark < urlEnd && bytes[mark] !== 0x3f) mark++;
  bounds[2 * piece.path] = path;
  bounds[2 * piece.path + 1] = mark;
  bounds[2 * piece.query] = mark === urlEnd ? mark : mark + 1;
  bounds[2 * piece.query + 1] = urlEnd;
  bounds[2 * piece.uri] = path;
  bounds[2 * piece.uri + 1] = urlEnd;
  return true;
}

const blank = 0x20;
const quote = 0x22;
const backslash = 0x5c;
/** What begins with a letter is no number, nor `-`. */
const nine = 0x39;
const minus = 0x2d;
const dot = 0x2e;
const colonByte = 0x3a;
const slash = 0x2f;
const openBracket = 0x5b;
const closeBracket = 0x5d;

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Letters, digits, hyphen, dot, underscore: no byte that divides an authority. */
function isNameByte(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || isDigit(byte) || byte === minus || byte === 0x2e || byte === 0x5f;
}

/** As `timeStandsAt` of quantities.ts. */
function timeStandsInBytes(bytes: Buffer, bounds: Int32Array, part: number): boolean {
  const at = bounds[2 * part]!;
  return (
    bytes[at - 1] !== quote &&
    bytes[at + 4] === minus &&
    bytes[at + 7] === minus &&
    bytes[at + 10] === 0x54 &&
    bytes[at + 13] === 0x3a &&
    isDigit(bytes[at]!) &&
    isDigit(bytes[at + 15]!)
  );
}

function standsAt(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  let same = 0;
  while (same < text.length && start + same < end && bytes[start + same] === text[same]) same++;
  return same === text.length;
}

function isOfKind(bytes: Buffer, bounds: Int32Array, part: number, kind: ColumnKind): boolean {
  const start = bounds[2 * part]!;
  const end = bounds[2 * part + 1]!;
  if (bytes[start - 1] === quote) return false;
  const isOnlyMinus = end === start + 1 && bytes[start] === minus;
  switch (kind) {
    case 'letter':
      return bytes[start]! > nine;
    case 'number':
      return isOnlyMinus || (isDigit(bytes[start]!) && isDigit(bytes[end - 1]!));
    case 'bare':
      return !hasByte(bytes, start, end, dot) && !hasByte(bytes, start, end, colonByte);
    case 'address':
      return hasByte(bytes, start, end, dot) || hasByte(bytes, start, end, colonByte);
    case 'digits':
      for (let at = start; at < end; at++) if (!isDigit(bytes[at]!)) return false;
      return true;
    case 'endpoint':
      return isOnlyMinus || (bytes[start] !== colonByte && hasByte(bytes, start, end, colonByte));
  }
}

function hasByte(bytes: Buffer, start: number, end: number, byte: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === byte) return true;
  return false;
}
