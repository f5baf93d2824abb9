/** The columns of a line: where they are, and whether they are as its format's lines have them. */
import { bits, contains, find, isDigit, isMinus, lowBytes, matches, patterns } from './bytes';
import { setPieces } from './pieces';

/** Parts: pieces of columns first (pieces.ts), then the columns (formats/regular-line.ts). */
export const firstColumn: i32 = 12;

let required: i32 = 0;
let known: i32 = 0;
let timeColumn: i32 = -1;
/** What is so of a column: for each `isOfKind` and the column; then 0. */
let kinds: usize = 0;
/** What a line may begin with, 0 where that is not said: for each a length and its bytes, padded to 8; then 0. */
let words: usize = 0;
/** Where a part begins and ends: two i32 for each. */
let bounds: usize = 0;
/** Longer lines are not regular. */
let maxLine: usize = 0;

export function setShape(
  requiredColumns: i32,
  knownColumns: i32,
  time: i32,
  columnKinds: usize,
  client: i32,
  target: i32,
  request: i32,
  firstWords: usize,
): void {
  required = requiredColumns;
  known = knownColumns;
  timeColumn = time;
  kinds = columnKinds;
  setPieces(client, target, request);
  words = firstWords;
}

export function setBoundsAt(boundsAt: usize, maxLineBytes: usize): void {
  bounds = boundsAt;
  maxLine = maxLineBytes;
}

export function startOf(part: i32): usize {
  return load<u32>(bounds + ((<usize>part) << 3));
}

export function endOf(part: i32): usize {
  return load<u32>(bounds + ((<usize>part) << 3), 4);
}

export function setBounds(part: i32, start: usize, end: usize): void {
  store<u32>(bounds + ((<usize>part) << 3), start);
  store<u32>(bounds + ((<usize>part) << 3), end, 4);
}

/**
 * Finds the columns of the line at `at`; where it ends, 0 where it is not regular. Quotes and blanks are marked for 64 bytes
 * together; what they mean, and what must not be, is then said of all of them at once, without a branch for any column.
 */
export function split(at: usize): usize {
  // From memory: V8 makes constants anew in each round of a loop.
  const blanks = v128.load(patterns);
  const quotes = v128.load(patterns, 16);
  const backslashes = v128.load(patterns, 48);
  const controls = v128.load(patterns, 64);
  const first = bounds + ((<usize>firstColumn) << 3);
  const limit = first + ((<usize>known) << 3);
  let to = first;
  // Of the byte before those at hand: no column's, divides columns, closes a quote; all ones: stands between quotes.
  let before: u64 = 1;
  let divided: u64 = 1;
  let closed: u64 = 0;
  let within: u64 = 0;
  let wrong: u64 = 0;
  let columns: u64 = 0;
  let lineEnd: usize = 0;
  for (let from = at; lineEnd == 0; from += 64) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    const quote = bits(i8x16.eq(a, quotes), i8x16.eq(b, quotes), i8x16.eq(c, quotes), i8x16.eq(d, quotes));
    const blank = bits(i8x16.eq(a, blanks), i8x16.eq(b, blanks), i8x16.eq(c, blanks), i8x16.eq(d, blanks));
    // From each opening quote up to the byte before the closing one.
    let inside = quote ^ (quote << 1);
    inside ^= inside << 2;
    inside ^= inside << 4;
    inside ^= inside << 8;
    inside ^= inside << 16;
    inside ^= inside << 32;
    inside ^= within;
    within = <u64>(<i64>inside >> 63);
    const outside = ~inside;
    let dividing = blank & outside;
    let closing = quote & outside;
    let opening = quote & inside;
    let line = ~(<u64>0);
    const odd = v128.or(
      v128.or(
        v128.or(i8x16.eq(a, backslashes), i8x16.eq(b, backslashes)),
        v128.or(i8x16.eq(c, backslashes), i8x16.eq(d, backslashes)),
      ),
      i8x16.le_u(i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d)), controls),
    );
    if (v128.any_true(odd)) {
      const last = lastOf(from, outside);
      if (last == wrongLine) return 0;
      if (last != 0) {
        if ((outside & last) == 0) return 0;
        line = last | (last - 1);
        dividing = (dividing & line) | last;
        opening &= line;
        closing &= line;
        lineEnd = from + <usize>ctz(last);
      }
    }
    // A quote that does not begin or end a column.
    wrong |= (opening & ~((dividing << 1) | divided)) | (((closing << 1) | closed) & ~dividing);
    divided = dividing >> 63;
    closed = closing >> 63;
    columns += popcnt(dividing);
    const between = dividing | quote;
    let marks = (between ^ ((between << 1) | before)) & line;
    before = between >> 63;
    let out = to;
    to += (<usize>popcnt(marks)) << 2;
    if (out < limit) {
      do {
        store<u32>(out, <u32>from + <u32>ctz(marks));
        marks &= marks - 1;
        store<u32>(out, <u32>from + <u32>ctz(marks), 4);
        marks &= marks - 1;
        out += 8;
      } while (marks != 0);
    }
  }
  // Each column is bytes between two marks.
  if (wrong != 0 || to - first != (<usize>columns) << 3 || columns < <u64>required) return 0;
  for (; to < limit; to += 8) {
    store<u32>(to, <u32>at);
    store<u32>(to, <u32>at, 4);
  }
  if (load<u8>(lineEnd) == 0x0d) lineEnd++;
  return lineEnd - at > maxLine ? 0 : lineEnd;
}

const wrongLine: u64 = 3;

/**
 * Of 64 bytes with a backslash or a control character: a bit for the one where the line's last column ends, 0 where none is,
 * `wrongLine` where the line is not regular. Between quotes a control character is one like any other.
 */
function lastOf(from: usize, outside: u64): u64 {
  const feeds = matches(from, v128.load(patterns, 32));
  const last = feeds & (0 - feeds);
  // All ones where there is no feed.
  const line = last - 1;
  if ((matches(from, v128.load(patterns, 48)) & line) != 0) return wrongLine;
  const controls = v128.load(patterns, 64);
  const control =
    bits(
      i8x16.le_u(v128.load(from), controls),
      i8x16.le_u(v128.load(from, 16), controls),
      i8x16.le_u(v128.load(from, 32), controls),
      i8x16.le_u(v128.load(from, 48), controls),
    ) &
    outside &
    line;
  if (control == 0) return last;
  // Only right before a line feed.
  return (control & (control - 1)) == 0 && load<u16>(from + <usize>ctz(control)) == 0x0a0d ? control : wrongLine;
}

/** The line is as lines of its format are: begins with a known word, has a time and what else there must be where it belongs. */
export function begins(line: usize): bool {
  if (words != 0) {
    const eight = load<u64>(line);
    let at = words;
    for (; load<u32>(at) != 0; at += 16) if ((eight & lowBytes(load<u32>(at))) == load<u64>(at, 8)) break;
    if (load<u32>(at) == 0) return false;
  }
  for (let at = kinds; load<i32>(at) != 0; at += 8) {
    const column = firstColumn + load<i32>(at, 4);
    if (!isOfKind(load<i32>(at), startOf(column), endOf(column))) return false;
  }
  if (timeColumn < 0) return true;
  const time = startOf(firstColumn + timeColumn);
  return (
    load<u8>(time - 1) != 0x22 &&
    load<u8>(time, 4) == 0x2d &&
    load<u8>(time, 7) == 0x2d &&
    load<u8>(time, 10) == 0x54 &&
    load<u8>(time, 13) == 0x3a &&
    isDigit(load<u8>(time)) &&
    isDigit(load<u8>(time, 15))
  );
}

/** As formats/format.ts says of `columnKinds`. */
function isOfKind(kind: i32, start: usize, end: usize): bool {
  if (load<u8>(start - 1) == 0x22) return false;
  switch (kind) {
    case 1:
      return load<u8>(start) > 0x39;
    case 2:
      return isMinus(start, end) || (isDigit(load<u8>(start)) && isDigit(load<u8>(end - 1)));
    case 3:
      return !contains(start, end, 0x2e) && !contains(start, end, 0x3a);
    case 4:
      return contains(start, end, 0x2e) || contains(start, end, 0x3a);
    case 5: {
      let at = start;
      while (at < end && isDigit(load<u8>(at))) at++;
      return at == end;
    }
    default: {
      const colon = find(start, end, 0x3a);
      return isMinus(start, end) || (colon > start && colon < end);
    }
  }
}
