/**
 * Looks at the lines of a block, 16 bytes at a time, and says which ones need a closer look. AssemblyScript: `npm run kernel`
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
let letterColumn: i32 = -1;
let clientColumn: i32 = -1;
let targetColumn: i32 = -1;
let requestColumn: i32 = -1;
/** Words that the first column may be: for each a length and its bytes, padded to 8; then 0. */
let words: usize = 0;
/** Where a part begins and ends: two i32 for each. */
let bounds: usize = 0;
/** What is asked of every line: `opBytes` for each. */
let ops: usize = 0;
let opsEnd: usize = 0;
const opBytes: usize = 48;
/** Ways in which a line may be worth a closer look (`anyWay`). */
let ways: usize = 0;
let waysEnd: usize = 0;
/** 16 blanks, quotes, line feeds, backslashes. */
let patterns: usize = 0;
let maxLine: usize = 0;
/** Room for a text of `maxLine` bytes. */
let scratch: usize = 0;

export function setShape(
  requiredColumns: i32,
  knownColumns: i32,
  time: i32,
  letter: i32,
  client: i32,
  target: i32,
  request: i32,
  firstWords: usize,
): void {
  required = requiredColumns;
  known = knownColumns;
  timeColumn = time;
  letterColumn = letter;
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
  opCount: i32,
  waysAt: usize,
  wayBytes: usize,
  maxLineBytes: usize,
): void {
  bounds = boundsAt;
  patterns = patternsAt;
  scratch = scratchAt;
  ops = opsAt;
  opsEnd = opsAt + opCount * opBytes;
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
    if (!begins() || !pieces() || ask()) {
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
 * Finds the columns of the line at `at`; where it ends, 0 where it is not regular. Most columns are shorter than the 16 bytes
 * that are looked at together, and those of one column are as long as on the line before, which the processor's branch
 * prediction learns: to mark all blanks and quotes first, 64 bytes at a time, took twice as long.
 */
function split(at: usize): usize {
  // From memory: V8 makes constants anew in each round of a loop.
  const blanks = v128.load(patterns);
  const quotes = v128.load(patterns, 16);
  const feeds = v128.load(patterns, 32);
  const backslashes = v128.load(patterns, 48);
  let start = at;
  let count = 0;
  let bound = bounds + ((<usize>firstColumn) << 3);
  let sign: u32 = 0x20;
  while (sign == 0x20) {
    let found: u32 = 0;
    let after: usize;
    let end: usize;
    if (load<u8>(start) == 0x22) {
      start++;
      for (end = start; ; end += 16) {
        const bytes = v128.load(end);
        found = <u32>(
          i8x16.bitmask(v128.or(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes)), i8x16.eq(bytes, feeds)))
        );
        if (found != 0) break;
      }
      end += <usize>ctz(found);
      if (load<u8>(end) != 0x22) return 0;
      after = end + 1;
    } else {
      for (end = start; ; end += 16) {
        const bytes = v128.load(end);
        found = <u32>(
          i8x16.bitmask(
            v128.or(v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslashes)), i8x16.le_u(bytes, blanks)),
          )
        );
        if (found != 0) break;
      }
      end += <usize>ctz(found);
      if (end == start) return 0;
      after = end;
    }
    if (count < known) {
      store<u32>(bound, <u32>start);
      store<u32>(bound, <u32>end, 4);
      bound += 8;
    }
    count++;
    sign = load<u8>(after);
    start = after + 1;
  }
  if (sign == 0x0d) sign = load<u8>(start++);
  const lineEnd = start - 1;
  if (sign != 0x0a || count < required || lineEnd - at > maxLine) return 0;
  for (; count < known; count++) setBounds(firstColumn + count, at, at);
  return lineEnd;
}

/** The line begins as lines of its format do: a known word, a time and a name where they belong. */
function begins(): bool {
  if (words != 0) {
    const start = startOf(firstColumn);
    const length = endOf(firstColumn) - start;
    const word = length > 8 ? 0 : load<u64>(start) & lowBytes(length);
    let at = words;
    for (; load<u32>(at) != 0; at += 16) if (load<u32>(at) == length && load<u64>(at, 8) == word) break;
    if (load<u32>(at) == 0) return false;
  }
  if (letterColumn >= 0 && load<u8>(startOf(firstColumn + letterColumn)) <= 0x39) return false;
  if (timeColumn < 0) return true;
  const time = startOf(firstColumn + timeColumn);
  return (
    load<u8>(time, 4) == 0x2d &&
    load<u8>(time, 7) == 0x2d &&
    load<u8>(time, 10) == 0x54 &&
    load<u8>(time, 13) == 0x3a &&
    isDigit(load<u8>(time)) &&
    isDigit(load<u8>(time, 15))
  );
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
 * `VERB http(s)://HOST(:PORT)/… VERSION`, and what is written of a request that could not be read, `- http://HOST:PORT- -`;
 * other requests are not regular.
 */
function splitRequest(column: i32): bool {
  const start = startOf(column);
  const end = endOf(column);
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

/** Puts all questions to the line. True where the answers call for a closer look. */
function ask(): bool {
  let look = false;
  for (let op = ops; op < opsEnd; op += opBytes) {
    const part = load<i32>(op, 4);
    const start = startOf(part);
    const end = endOf(part);
    const result = load<u32>(op, 8);
    switch (load<i32>(op)) {
      case 0: {
        const answer = isNothing(start, end) ? load<i32>(op, 20) : recall(start, end, op);
        store<i32>(result, answer);
        look = look || (answer & load<i32>(op, 12)) != 0;
        break;
      }
      case 1: {
        const any = search(op, start, end, result);
        store<i32>(result, any);
        look = look || (any != 0 && anyBit(result + 4, load<u32>(op, 44), load<u32>(op, 40)));
        break;
      }
      case 2: {
        const found = prefixes(start, end, load<u32>(op, 16), load<u32>(op, 20));
        store<i32>(result, found);
        look = look || (found & load<i32>(op, 12)) != 0;
        break;
      }
      case 3:
      case 4:
      case 5: {
        const kind = load<i32>(op);
        const value = kind == 3 ? uint(start, end) : kind == 4 ? millis(start, end) : lengthOf(start, end);
        if (value == beyond) {
          regular = 0;
          return true;
        }
        store<f64>(result, value);
        const within = intervalsOf(value, load<u32>(op, 16), load<u32>(op, 20));
        store<i32>(result, within, 8);
        look = look || (within & load<i32>(op, 12)) != 0;
        break;
      }
      default: {
        const other = load<i32>(op, 16);
        const answer = isSame(start, end, startOf(other), endOf(other)) ? 1 : 2;
        store<i32>(result, answer);
        look = look || (answer & load<i32>(op, 12)) != 0;
      }
    }
  }
  return look && anyWay();
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

const slotText: usize = 16;

/**
 * What is remembered of the text: bits, −1 where nothing is. A slot: the text's length plus one, the answer, the text. A text
 * stands in one of two slots.
 */
function recall(start: usize, end: usize, op: usize): i32 {
  const length = end - start;
  const slots = load<u32>(op, 16);
  const slotBytes: usize = load<u32>(op, 24);
  if (length > slotBytes - slotText) return -1;
  const first = slotOf(start, length, load<u32>(op, 28));
  let slot = slots + first * slotBytes;
  if (load<u32>(slot) == length + 1 && isText(start, slot + slotText, length)) return load<i32>(slot, 4);
  slot += slotBytes;
  if (load<u32>(slot) == length + 1 && isText(start, slot + slotText, length)) return load<i32>(slot, 4);
  return -1;
}

/** The first of a text's two slots. `last`: the number of slots, a power of two, less one. */
function slotOf(start: usize, length: usize, last: u32): usize {
  let hash: u64 = length;
  let at: usize = 0;
  for (; at + 8 <= length; at += 8) hash = rotl(hash ^ load<u64>(start + at), 23) * 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 32) ^ (load<u64>(start + at) & lowBytes(length - at))) * 0x9e3779b97f4a7c15;
  return <usize>(hash >> 48) & (last ^ 1);
}

function isText(start: usize, other: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    if (!i8x16.all_true(i8x16.eq(v128.load(start + at), v128.load(other + at)))) return false;
  }
  const rest = ((<u32>1) << (length - at)) - 1;
  return (<u32>i8x16.bitmask(i8x16.eq(v128.load(start + at), v128.load(other + at))) & rest) == rest;
}

/** Remembers the answer for the text. */
export function remember(start: usize, end: usize, slots: usize, slotBytes: usize, lastSlot: u32, answer: i32): void {
  const length = end - start;
  if (length > slotBytes - slotText) return;
  // The newer text takes the first slot, what stood there the second.
  const first = slotOf(start, length, lastSlot);
  const slot = slots + first * slotBytes;
  memory.copy(slot + slotBytes, slot, slotBytes);
  store<u32>(slot, length + 1);
  store<i32>(slot, answer, 4);
  memory.copy(slot + slotText, start, length);
}

/**
 * Looks for literals; 1 when something was found, its bits then stand behind the result. From each byte the first three on are
 * asked for in a set of all beginnings of literals, without regard to case, and the first in a set of literals of one byte;
 * where one may begin, the trie is walked.
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
  const beginnings = load<u32>(op, 16);
  const singles = load<u32>(op, 20);
  let any = 0;
  for (let at = from; at < to; at++) {
    const bytes = load<u32>(at);
    const hash = (((bytes | 0x202020) & 0xffffff) * 0x9e3779b1) >> 16;
    const may = <u32>load<u8>(beginnings + (hash >> 3)) >> (hash & 7);
    if (((may | <u32>load<u8>(singles + <usize>(bytes & 0xff))) & 1) != 0) any |= walk(op, at, to, result + 4, words);
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
  if (end <= start) return NaN;
  if (end - start > 15) return beyond;
  let value: u64 = 0;
  for (let at = start; at < end; at++) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (digit > 9) return NaN;
    value = value * 10 + digit;
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
