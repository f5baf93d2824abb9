/**
 * Looks at the lines of a block, 16 to 64 bytes at a time, and says which ones need a closer look. AssemblyScript: `npm run kernel`
 * compiles it to src/detect/rules/quiet/line-kernel-binary.ts (a test says so when that was forgotten). What it is asked for
 * and where it finds it is laid down by src/detect/rules/quiet/line-kernel.ts, which also says what the results mean; this
 * file knows bytes, columns and tables, and no rule.
 *
 * The memory is the caller's: it gives pointers, nothing is allocated here. At least 64 bytes that may be read, whatever
 * they are, stand behind every text.
 */

// What the last call of `next` came to.
const state: usize = 16;
const stateLines: usize = 0;
const stateRegular: usize = 4;
const stateLineEnd: usize = 8;

// Parts: pieces of columns first, then the columns (formats/regular-line.ts).
const clientIp: i32 = 0;
const targetIp: i32 = 2;
const verb: i32 = 4;
const url: i32 = 5;
const proto: i32 = 6;
const scheme: i32 = 7;
const host: i32 = 8;
const path: i32 = 9;
const query: i32 = 10;
const uri: i32 = 11;
const firstColumn: i32 = 12;

let required: i32 = 0;
let known: i32 = 0;
let timeColumn: i32 = -1;
/** What is so of a column: for each `isOfKind` and the column; then 0. */
let kinds: usize = 0;
let clientColumn: i32 = -1;
let targetColumn: i32 = -1;
let requestColumn: i32 = -1;
/** What a line may begin with, 0 where that is not said: for each a length and its bytes, padded to 8; then 0. */
let words: usize = 0;
/** Where a part begins and ends: two i32 for each. */
let bounds: usize = 0;
/**
 * What is asked of every line, and what is asked where one of these answers calls for a closer look: where the first question
 * stands, then for each kind where its last one ends. A question has `opBytes`.
 */
let ops: usize = 0;
let laterOps: usize = 0;
const opBytes: usize = 48;
/** Ways in which a line may be worth a closer look (`anyWay`). */
let ways: usize = 0;
let waysEnd: usize = 0;
/** 16 blanks, quotes, line feeds, backslashes, bytes 0x1f; then 32 bytes of ones and 32 of zeros. */
let patterns: usize = 0;
let maxLine: usize = 0;
/** Room for a text of `maxLine` bytes. */
let scratch: usize = 0;

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
  clientColumn = client;
  targetColumn = target;
  requestColumn = request;
  words = firstWords;
}

export function setTables(
  boundsAt: usize,
  patternsAt: usize,
  scratchAt: usize,
  opsAt: usize,
  laterOpsAt: usize,
  waysAt: usize,
  wayBytes: usize,
  maxLineBytes: usize,
): void {
  bounds = boundsAt;
  patterns = patternsAt;
  scratch = scratchAt;
  ops = opsAt;
  laterOps = laterOpsAt;
  ways = waysAt;
  waysEnd = waysAt + wayBytes;
  maxLine = maxLineBytes;
}

/** The first line from `at` on that is not quiet, or `end`. A line feed must stand at `end` or right before it. */
export function next(at: usize, end: usize): usize {
  let lines = 0;
  while (at < end) {
    const lineEnd = split(at);
    if (lineEnd == 0) {
      store<i32>(state, 0, stateRegular);
      break;
    }
    regular = 0;
    if (!begins(at) || !pieces() || ask()) {
      store<i32>(state, regular, stateRegular);
      store<i32>(state, lineEnd, stateLineEnd);
      break;
    }
    lines++;
    at = lineEnd + 1;
  }
  store<i32>(state, lines, stateLines);
  return min(at, end);
}

/** Whether the line at hand is one whose parts and results mean something. */
let regular: i32 = 0;

function startOf(part: i32): usize {
  return load<u32>(bounds + ((<usize>part) << 3));
}

function endOf(part: i32): usize {
  return load<u32>(bounds + ((<usize>part) << 3), 4);
}

function setBounds(part: i32, start: usize, end: usize): void {
  store<u32>(bounds + ((<usize>part) << 3), start);
  store<u32>(bounds + ((<usize>part) << 3), end, 4);
}

/**
 * Finds the columns of the line at `at`; where it ends, 0 where it is not regular. Quotes and blanks are marked for 64 bytes
 * together; what they mean, and what must not be, is then said of all of them at once, without a branch for any column.
 */
function split(at: usize): usize {
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

function matches(from: usize, pattern: v128): u64 {
  return bits(
    i8x16.eq(v128.load(from), pattern),
    i8x16.eq(v128.load(from, 16), pattern),
    i8x16.eq(v128.load(from, 32), pattern),
    i8x16.eq(v128.load(from, 48), pattern),
  );
}

/** A bit for each of 64 bytes. */
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a) | ((<u32>i8x16.bitmask(b)) << 16)) |
    ((<u64>(<u32>i8x16.bitmask(c) | ((<u32>i8x16.bitmask(d)) << 16))) << 32)
  );
}

/** The line is as lines of its format are: begins with a known word, has a time and what else there must be where it belongs. */
function begins(line: usize): bool {
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

function isMinus(start: usize, end: usize): bool {
  return end - start == 1 && load<u8>(start) == 0x2d;
}

/** The first `length` bytes of a word that was loaded little-endian. */
function lowBytes(length: usize): u64 {
  return length >= 8 ? ~(<u64>0) : ((<u64>1) << ((<u64>length) << 3)) - 1;
}

function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function pieces(): bool {
  if (clientColumn >= 0) splitEndpoint(firstColumn + clientColumn, clientIp);
  if (targetColumn >= 0) splitEndpoint(firstColumn + targetColumn, targetIp);
  if (requestColumn >= 0 && !splitRequest(firstColumn + requestColumn)) return false;
  regular = 1;
  return true;
}

/** `198.51.100.7:40112`, `[2001:db8::1]:443`, `2001:db8::1:443` or `-`: address and port, the parts `ip` and `ip + 1`. */
function splitEndpoint(column: i32, ip: i32): void {
  let start = startOf(column);
  const end = endOf(column);
  let colon = end;
  if (load<u8>(end - 1) != 0x5d) {
    colon = findLast(start, end, 0x3a);
  }
  setBounds(ip + 1, min(colon + 1, end), end);
  let ipEnd = colon;
  if (ipEnd > start && load<u8>(start) == 0x5b && load<u8>(ipEnd - 1) == 0x5d) {
    start++;
    ipEnd--;
  }
  setBounds(ip, start, max(start, ipEnd));
}

/**
 * `VERB http(s)://HOST(:PORT)/… VERSION`, what is written of a request that could not be read, `- http://HOST:PORT- -`, and of
 * a connection without requests, `- - - `; others are not regular.
 */
function splitRequest(column: i32): bool {
  const start = startOf(column);
  const end = endOf(column);
  if (end - start == 6 && load<u32>(start) == 0x202d202d && load<u16>(start, 4) == 0x202d) {
    for (let part = verb; part < firstColumn; part++) setBounds(part, end, end);
    return true;
  }
  const verbEnd = find(start, end, 0x20);
  const urlEnd = findLast(start, end, 0x20);
  if (verbEnd == start || urlEnd <= verbEnd || urlEnd >= end - 1) return false;
  setBounds(verb, start, verbEnd);
  const urlStart = verbEnd + 1;
  setBounds(url, urlStart, urlEnd);
  setBounds(proto, urlEnd + 1, end);

  if (load<u32>(urlStart) != 0x70747468) return false;
  const schemeEnd = urlStart + (load<u8>(urlStart, 4) == 0x73 ? 5 : 4);
  if (load<u8>(schemeEnd) != 0x3a || load<u16>(schemeEnd, 1) != 0x2f2f) return false;
  setBounds(scheme, urlStart, schemeEnd);
  const hostStart = schemeEnd + 3;
  const hostEnd = min(urlEnd, nameEnd(hostStart));
  let pathStart = hostEnd;
  if (load<u8>(pathStart) == 0x3a) {
    pathStart++;
    while (isDigit(load<u8>(pathStart))) pathStart++;
  }
  if (hostEnd == hostStart || load<u8>(hostEnd - 1) == 0x2d) return false;
  setBounds(host, hostStart, hostEnd);
  if (pathStart == urlEnd - 1 && load<u8>(pathStart) == 0x2d && pathStart > hostEnd + 1) {
    setBounds(path, urlEnd, urlEnd);
    setBounds(query, urlEnd, urlEnd);
    setBounds(uri, urlEnd, urlEnd);
    return true;
  }
  if (pathStart >= urlEnd || load<u8>(pathStart) != 0x2f) return false;

  const mark = find(pathStart, urlEnd, 0x3f);
  setBounds(path, pathStart, mark);
  setBounds(query, min(mark + 1, urlEnd), urlEnd);
  setBounds(uri, pathStart, urlEnd);
  return true;
}

/** Where the letters, digits, hyphens, dots and underscores end: no byte of them divides an authority. */
function nameEnd(start: usize): usize {
  let others: u32 = 0;
  let at = start;
  for (; others == 0; at += 16) {
    const bytes = v128.load(at);
    const lower = v128.or(bytes, i8x16.splat(0x20));
    const letters = i8x16.lt_u(i8x16.sub(lower, i8x16.splat(0x61)), i8x16.splat(26));
    const digits = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(10));
    const signs = v128.or(
      i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x2d)), i8x16.splat(2)),
      i8x16.eq(bytes, i8x16.splat(0x5f)),
    );
    others = <u32>i8x16.bitmask(v128.or(letters, v128.or(digits, signs))) ^ 0xffff;
  }
  return at - 16 + <usize>ctz(others);
}

/** Where the byte first stands; `end` where it does not. */
function find(start: usize, end: usize, byte: u8): usize {
  const wanted = i8x16.splat(byte);
  for (let at = start; at < end; at += 16) {
    const found = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (found != 0) return min(end, at + <usize>ctz(found));
  }
  return end;
}

/** Where it stands last. Reads up to 16 bytes before `start`. */
function findLast(start: usize, end: usize, byte: u8): usize {
  const wanted = i8x16.splat(byte);
  for (let to = end; to > start; to -= 16) {
    const found = <u32>i8x16.bitmask(i8x16.eq(v128.load(to - 16), wanted));
    if (found != 0) {
      const at = to - 1 - (<usize>clz(found) - 16);
      return at < start ? end : at;
    }
  }
  return end;
}

/**
 * Puts all questions to the line, kind after kind, those that may be no reason for a closer look only where there is one.
 * True where the answers call for it.
 */
function ask(): bool {
  if (!answer(ops)) {
    regular = 0;
    return true;
  }
  if (!look) return false;
  if (!answer(laterOps)) {
    regular = 0;
    return true;
  }
  return anyWay();
}

/** Whether an answer calls for a closer look. */
let look: bool = false;

/** False where a number is beyond what is exact here. */
function answer(kinds: usize): bool {
  let alarm = 0;
  let op = load<u32>(kinds);
  let end = load<u32>(kinds, 4);
  for (; op < end; op += opBytes) alarm |= askRecall(op) & load<i32>(op, 12);
  end = load<u32>(kinds, 8);
  for (; op < end; op += opBytes) alarm |= askSearch(op);
  end = load<u32>(kinds, 12);
  for (; op < end; op += opBytes) alarm |= askPrefixes(op) & load<i32>(op, 12);
  end = load<u32>(kinds, 16);
  for (; op < end; op += opBytes) {
    const within = askUint(op);
    if (within < 0) return false;
    alarm |= within & load<i32>(op, 12);
  }
  end = load<u32>(kinds, 20);
  for (; op < end; op += opBytes) {
    const within = askMillis(op);
    if (within < 0) return false;
    alarm |= within & load<i32>(op, 12);
  }
  end = load<u32>(kinds, 24);
  for (; op < end; op += opBytes) alarm |= askLength(op) & load<i32>(op, 12);
  end = load<u32>(kinds, 28);
  for (; op < end; op += opBytes) alarm |= askSame(op) & load<i32>(op, 12);
  look = alarm != 0;
  return true;
}

function askRecall(op: usize): i32 {
  const part = load<i32>(op, 4);
  const start = startOf(part);
  const end = endOf(part);
  const answer = isNothing(start, end) ? load<i32>(op, 20) : recall(start, end, op);
  store<i32>(load<u32>(op, 8), answer);
  return answer;
}

function askSearch(op: usize): i32 {
  const part = load<i32>(op, 4);
  const result = load<u32>(op, 8);
  const any = search(op, startOf(part), endOf(part), result);
  store<i32>(result, any);
  return <i32>(any != 0 && anyBit(result + 4, load<u32>(op, 44), load<u32>(op, 40)));
}

function askPrefixes(op: usize): i32 {
  const part = load<i32>(op, 4);
  const found = prefixes(startOf(part), endOf(part), load<u32>(op, 16), load<u32>(op, 20));
  store<i32>(load<u32>(op, 8), found);
  return found;
}

/** Numbers below this are looked up, where there are more than a few intervals. */
const lowNumbers: f64 = 1024;

function askUint(op: usize): i32 {
  const part = load<i32>(op, 4);
  const value = uint(startOf(part), endOf(part));
  const low = load<u32>(op, 24);
  if (low != 0 && value >= 0 && value < lowNumbers) {
    const result = load<u32>(op, 8);
    store<f64>(result, value);
    const within = load<i32>(low + ((<usize>value) << 2));
    store<i32>(result, within, 8);
    return within;
  }
  return answerNumber(op, value);
}

function askMillis(op: usize): i32 {
  const part = load<i32>(op, 4);
  return answerNumber(op, millis(startOf(part), endOf(part)));
}

function askLength(op: usize): i32 {
  const part = load<i32>(op, 4);
  return answerNumber(op, lengthOf(startOf(part), endOf(part)));
}

/** The bits of its intervals; −1 where it is beyond what is exact. */
function answerNumber(op: usize, value: f64): i32 {
  if (value == beyond) return -1;
  const result = load<u32>(op, 8);
  store<f64>(result, value);
  const within = intervalsOf(value, load<u32>(op, 16), load<u32>(op, 20));
  store<i32>(result, within, 8);
  return within;
}

function askSame(op: usize): i32 {
  const part = load<i32>(op, 4);
  const other = load<i32>(op, 16);
  const answer = isSame(startOf(part), endOf(part), startOf(other), endOf(other)) ? 1 : 2;
  store<i32>(load<u32>(op, 8), answer);
  return answer;
}

/**
 * A way: how many bytes of it, then clauses that must all hold. A clause: how many bytes, then where an answer stands and
 * which of its bits count, as often as there are; one is enough.
 */
function anyWay(): bool {
  for (let way = ways; way < waysEnd; way += load<u32>(way)) {
    const wayEnd = way + load<u32>(way);
    let clause = way + 4;
    while (clause < wayEnd && holds(clause)) clause += load<u32>(clause);
    if (clause == wayEnd) return true;
  }
  return false;
}

function holds(clause: usize): bool {
  const end = clause + load<u32>(clause);
  for (let at = clause + 4; at < end; at += 8) if ((load<i32>(load<u32>(at)) & load<i32>(at, 4)) != 0) return true;
  return false;
}

function isNothing(start: usize, end: usize): bool {
  return end - start < 2 && (end == start || load<u8>(start) == 0x2d);
}

/**
 * What is remembered of the text: bits, −1 where nothing is. Of each text that is remembered there are its length plus one, the
 * answer, and from `textAt` on the text with zeros up to 32 bytes. They stand one after the other, since texts that each had
 * a place of their own in a table were in as many pages of memory; one of two slots of the table says where. Most are
 * short: these are compared without a loop.
 */
function recall(start: usize, end: usize, op: usize): i32 {
  const length = end - start;
  const slots = load<u32>(op, 16);
  const last = load<u32>(op, 24);
  if (length > shortBytes) return recallLong(start, length, slots, last);
  const mask = patterns + masksAt - length;
  const low = v128.and(v128.load(start), v128.load(mask));
  const high = v128.and(v128.load(start, 16), v128.load(mask, 16));
  const slot = slots + slotOfShort(low, high, last) * slotBytes;
  const text = load<u32>(slot);
  if (isShort(text, low, high, <u32>length)) return load<i32>(text, 4);
  const other = load<u32>(slot, slotBytes);
  return isShort(other, low, high, <u32>length) ? load<i32>(other, 4) : -1;
}

const slotBytes: usize = 4;
const textAt: usize = 16;
const shortBytes: usize = 32;
/** Longer texts are not remembered. */
const maxText: usize = 256;
/** Behind the patterns: 32 bytes of ones, 32 of zeros. */
const masksAt: usize = 80 + shortBytes;

/** An empty slot says 0: there the memory has no text's length. */
function isShort(text: usize, low: v128, high: v128, length: u32): bool {
  const same = v128.and(i8x16.eq(low, v128.load(text, textAt)), i8x16.eq(high, v128.load(text, textAt + 16)));
  return ((i8x16.bitmask(same) ^ 0xffff) | (load<i32>(text) ^ (length + 1))) == 0;
}

function recallLong(start: usize, length: usize, slots: usize, last: u32): i32 {
  if (length > maxText) return -1;
  const slot = slots + slotOf(start, length, last) * slotBytes;
  const text = load<u32>(slot);
  if (load<u32>(text) == <u32>length + 1 && isText(start, text + textAt, length)) return load<i32>(text, 4);
  const other = load<u32>(slot, slotBytes);
  if (load<u32>(other) == <u32>length + 1 && isText(start, other + textAt, length)) return load<i32>(other, 4);
  return -1;
}

/** The first of a text's two slots. `last`: the number of slots, a power of two, less one. */
function slotOf(start: usize, length: usize, last: u32): usize {
  // Four sums, so that no multiplication waits for the one before it.
  let a: u64 = length;
  let b: u64 = 0;
  let c: u64 = 0;
  let d: u64 = 0;
  let at = start;
  const end = start + length;
  for (; at + 32 <= end; at += 32) {
    a = (rotl(a, 29) ^ load<u64>(at)) * 0x9e3779b97f4a7c15;
    b = (rotl(b, 29) ^ load<u64>(at, 8)) * 0xc2b2ae3d27d4eb4f;
    c = (rotl(c, 29) ^ load<u64>(at, 16)) * 0x165667b19e3779f9;
    d = (rotl(d, 29) ^ load<u64>(at, 24)) * 0xd6e8feb86659fd93;
  }
  // The last 32 bytes, some of them again.
  a += load<u64>(end - 32) * 0x9e3779b97f4a7c15;
  b += load<u64>(end - 24) * 0xc2b2ae3d27d4eb4f;
  c += load<u64>(end - 16) * 0x165667b19e3779f9;
  d += load<u64>(end - 8) * 0xd6e8feb86659fd93;
  return slotOfHash(a ^ rotl(b, 17) ^ rotl(c, 31) ^ rotl(d, 47), last);
}

function slotOfShort(low: v128, high: v128, last: u32): usize {
  const hash =
    i64x2.extract_lane(low, 0) * 0x9e3779b97f4a7c15 +
    i64x2.extract_lane(low, 1) * 0xc2b2ae3d27d4eb4f +
    (i64x2.extract_lane(high, 0) * 0x165667b19e3779f9 + i64x2.extract_lane(high, 1) * 0xd6e8feb86659fd93);
  return <usize>(hash >>> 48) & (last ^ 1);
}

function slotOfHash(hash: u64, last: u32): usize {
  return <usize>(((hash ^ (hash >> 29)) * 0x9e3779b97f4a7c15) >> 48) & (last ^ 1);
}

function isText(start: usize, other: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(start + at), v128.load(other + at))) != 0xffff) return false;
  }
  const rest = ((<u32>1) << (<u32>length - <u32>at)) - 1;
  return (<u32>i8x16.bitmask(i8x16.eq(v128.load(start + at), v128.load(other + at))) & rest) == rest;
}

/**
 * Remembers the answer for the text. `room`: where its slots stand, their number less one, where the first text stands, where
 * the room for texts ends, where the next one goes. When it is full, all are forgotten.
 */
export function remember(start: usize, end: usize, room: usize, answer: i32): void {
  const length = end - start;
  if (length > maxText) return;
  const slots = load<u32>(room);
  const last = load<u32>(room, 4);
  const bytes = textAt + max(shortBytes, (length + 15) & ~15);
  let text: usize = load<u32>(room, 16);
  if (text + bytes > <usize>load<u32>(room, 12)) {
    memory.fill(slots, 0, (<usize>last + 1) * slotBytes);
    text = load<u32>(room, 8);
  }
  store<u32>(room, <u32>(text + bytes), 16);
  memory.fill(text, 0, bytes);
  store<u32>(text, <u32>length + 1);
  store<i32>(text, answer, 4);
  memory.copy(text + textAt, start, length);
  // The newer text takes the first slot, what stood there the second.
  const first =
    length > shortBytes
      ? slotOf(start, length, last)
      : slotOfShort(v128.load(text, textAt), v128.load(text, textAt + 16), last);
  const slot = slots + first * slotBytes;
  store<u32>(slot, load<u32>(slot), slotBytes);
  store<u32>(slot, <u32>text);
}

/**
 * Looks for literals; 1 when something was found, its bits then stand behind the result. From each byte the first three on are
 * asked for in a set of all beginnings of literals, without regard to case; where one may begin, more of its bytes are, as
 * many as all literals with this beginning have; where these are there too, the trie is walked.
 */
function search(op: usize, start: usize, end: usize, result: usize): i32 {
  const words = load<u32>(op, 40);
  for (let word: u32 = 0; word < words; word++) store<u32>(result + (word << 2), 0, 4);
  if (isNothing(start, end)) return 0;
  const rare = load<i32>(op, 12);
  let from = start;
  let to = end;
  if (rare >= 0) {
    if (!contains(start, end, <u8>rare)) return 0;
  } else if (rare == encoded && contains(start, end, 0x25)) {
    from = scratch;
    to = decode(start, end);
    if (isNothing(from, to)) return 0;
  }
  const beginnings: usize = load<u32>(op, 16);
  let any = load<u32>(op, 20) == 0 ? 0 : searchSingles(op, from, to, result + 4, words);
  for (let at = from; at < to; at += 6) {
    const eight = load<u64>(at) | 0x2020202020202020;
    let hits =
      begins3(beginnings, eight) |
      (begins3(beginnings, eight >> 8) << 1) |
      (begins3(beginnings, eight >> 16) << 2) |
      (begins3(beginnings, eight >> 24) << 3) |
      (begins3(beginnings, eight >> 32) << 4) |
      (begins3(beginnings, eight >> 40) << 5);
    for (; hits != 0; hits &= hits - 1) {
      const here = at + <usize>ctz(hits);
      if (here < to && beginsLonger(beginnings, here)) any |= walk(op, here, to, result + 4, words);
    }
  }
  return any;
}

/** 1 where the first three bytes are in the set, else 0. */
function begins3(beginnings: usize, bytes: u64): u32 {
  const hash = <u32>((<u32>bytes & 0xffffff) * 0x9e3779b1);
  return (load<u32>(beginnings + ((<usize>hash >> 21) << 2)) >> (hash >> 16)) & 1;
}

/** Behind the set of beginnings: how many bytes more are asked for, by their hash; then the set of these. */
const lengthsAt: usize = 8192;
const longerAt: usize = lengthsAt + 4096;

function beginsLonger(beginnings: usize, at: usize): bool {
  const three = ((load<u32>(at) | 0x202020) & 0xffffff) * 0x9e3779b1;
  const length: usize = load<u8>(beginnings + (<usize>three >> 20), lengthsAt);
  if (length == 0) return true;
  const bytes = v128.and(v128.or(v128.load(at), v128.load(patterns)), v128.load(patterns + masksAt - length));
  const hash =
    <u32>i32x4.extract_lane(bytes, 0) * 0x9e3779b1 +
    <u32>i32x4.extract_lane(bytes, 1) * 0x85ebca6b +
    <u32>i32x4.extract_lane(bytes, 2) * 0xc2b2ae35 +
    <u32>i32x4.extract_lane(bytes, 3) * 0x27d4eb2f;
  return ((load<u32>(beginnings + ((<usize>hash >> 21) << 2), longerAt) >> (hash >> 16)) & 1) != 0;
}

/** Literals of one byte: which they are is said by both halves of it (`singlesOf` of literal-trie.ts). */
function searchSingles(op: usize, from: usize, to: usize, result: usize, words: u32): i32 {
  const tables = load<u32>(op, 20);
  const low = v128.load(tables);
  const lowBits = v128.load(tables, 16);
  const high = v128.load(tables, 32);
  const highBits = v128.load(tables, 48);
  let any = 0;
  for (let at = from; at < to; at += 16) {
    const bytes = v128.load(at);
    const right = v128.and(bytes, i8x16.splat(0x0f));
    const left = i8x16.shr_u(bytes, 4);
    const found = v128.or(
      v128.and(i8x16.swizzle(low, right), i8x16.swizzle(lowBits, left)),
      v128.and(i8x16.swizzle(high, right), i8x16.swizzle(highBits, left)),
    );
    if (!v128.any_true(found)) continue;
    let hits = <u32>i8x16.bitmask(i8x16.ne(found, i8x16.splat(0)));
    for (; hits != 0; hits &= hits - 1) {
      const here = at + <usize>ctz(hits);
      if (here < to) any |= walk(op, here, to, result, words);
    }
  }
  return any;
}

/**
 * A node of the trie: its first child, or negative where the row of its children stands, by their bytes, u16 each; its next
 * sibling; its byte; where its bits stand (0: nowhere). Number 0 is no node.
 */
const nodeBytes: usize = 16;

/** Collects the bits of the literals that begin at `at`: for each node those found there, then those that count at the text's end. */
function walk(op: usize, at: usize, to: usize, result: usize, words: u32): i32 {
  const bytes = load<u32>(op, 24);
  const nodes = load<u32>(op, 32);
  let node: u32 = load<u32>(load<u32>(op, 28) + ((<usize>load<u8>(bytes + load<u8>(at))) << 2));
  let any = 0;
  while (node != 0) {
    const here = nodes + node * nodeBytes;
    const bits = load<u32>(here, 12);
    if (bits != 0) any |= collect(bits, result, words);
    at++;
    if (at == to) {
      if (bits != 0) any |= collect(bits + (words << 2), result, words);
      return any;
    }
    const byte = <u32>load<u8>(bytes + load<u8>(at));
    const child = load<i32>(here);
    if (child < 0) {
      node = load<u16>(<usize>-child + ((<usize>byte) << 1));
      continue;
    }
    node = child;
    while (node != 0 && load<u32>(nodes + node * nodeBytes, 8) != byte) node = load<u32>(nodes + node * nodeBytes, 4);
  }
  return any;
}

/** In place of a rare byte: the text is percent-encoded. */
const encoded: i32 = -2;

/** Removes every layer of percent-encoding, as formats/decoded-uri.ts does; where the decoded text in `scratch` ends. */
function decode(start: usize, end: usize): usize {
  let to = scratch;
  for (let at = start; at < end; at++) {
    store<u8>(to, load<u8>(at));
    to++;
    while (to - scratch >= 3 && load<u8>(to - 3) == 0x25) {
      const high = hexDigit(load<u8>(to - 2));
      const low = hexDigit(load<u8>(to - 1));
      if (high < 0 || low < 0 || high + low == 0) break;
      to -= 2;
      store<u8>(to - 1, <u8>(high * 16 + low));
    }
  }
  return to;
}

function hexDigit(byte: u8): i32 {
  if (isDigit(byte)) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function anyBit(found: usize, masks: usize, words: u32): bool {
  for (let at: usize = 0; at < words << 2; at += 4)
    if ((load<u32>(found + at) & load<u32>(masks + at)) != 0) return true;
  return false;
}

function collect(from: usize, to: usize, words: u32): i32 {
  let any: u32 = 0;
  for (let word: u32 = 0; word < words; word++) {
    const at = to + (word << 2);
    const bits = load<u32>(from + (word << 2));
    store<u32>(at, load<u32>(at) | bits);
    any |= bits;
  }
  return any != 0 ? 1 : 0;
}

function contains(start: usize, end: usize, byte: u8): bool {
  return find(start, end, byte) < end;
}

/** Which prefixes the text begins with, leading slashes aside: a trie of rows of 256 u16, and bits for each row. */
function prefixes(start: usize, end: usize, table: usize, bits: usize): i32 {
  let at = start;
  while (at < end && load<u8>(at) == 0x2f) at++;
  let found = 0;
  for (let node: usize = 0; at < end; at++) {
    node = load<u16>(table + (((node << 8) + load<u8>(at)) << 1));
    if (node == 0) break;
    found |= load<i32>(bits + (node << 2));
  }
  return found;
}

/** A number with more digits than are exact here. */
const beyond: f64 = -1;

function uint(start: usize, end: usize): f64 {
  const length = end - start;
  if (length - 1 > 7) return uintLong(start, end);
  // Eight digits at once: all but the last `length` are made 0.
  const shift = (8 - <u64>length) << 3;
  const digits = ((load<u64>(end - 8) ^ 0x3030303030303030) >> shift) << shift;
  if ((((digits + 0x0606060606060606) | digits) & 0xf0f0f0f0f0f0f0f0) != 0) return NaN;
  const pairs = digits * 10 + (digits >> 8);
  const value =
    ((pairs & 0x000000ff000000ff) * 0x000f424000000064 + ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
    32;
  return <f64>(<i64>value);
}

function uintLong(start: usize, end: usize): f64 {
  if (end <= start) return NaN;
  if (end - start > 15) return beyond;
  let value: i64 = 0;
  for (let at = start; at < end; at++) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (digit > 9) return NaN;
    value = value * 10 + <i64>digit;
  }
  return <f64>value;
}

/** Decimal seconds in milliseconds, a half rounded up; digits beyond microseconds are dropped. */
function millis(start: usize, end: usize): f64 {
  if (end - start > 15) return beyond;
  let point = start;
  while (point < end && load<u8>(point) != 0x2e) point++;
  const seconds = uint(start, point);
  if (point == end) return seconds * 1000;
  let micros = uint(point + 1, end);
  for (let digits = end - point - 1; digits < 6; digits++) micros *= 10;
  for (let digits = end - point - 1; digits > 6; digits--) micros = Math.floor(micros / 10);
  return seconds * 1000 + Math.floor((micros + 500) / 1000);
}

function lengthOf(start: usize, end: usize): f64 {
  return isNothing(start, end) ? NaN : <f64>(end - start);
}

/** The bits of the intervals that the value lies in. An interval: from, to, its bit. */
function intervalsOf(value: f64, intervals: usize, end: usize): i32 {
  let bits = 0;
  for (let at = intervals; at < end; at += 24)
    if (value >= load<f64>(at) && value <= load<f64>(at, 8)) bits |= load<i32>(at, 16);
  return bits;
}

function isSame(start: usize, end: usize, other: usize, otherEnd: usize): bool {
  return end - start == otherEnd - other && !isNothing(start, end) && isText(start, other, end - start);
}
