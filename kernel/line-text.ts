/**
 * Writes what rules say of a line: texts as they stand, and what stands in parts of the line. AssemblyScript, a module beside
 * line-kernel.ts on the same memory, which has found the line's parts; `npm run kernel` compiles both. The pieces of an output
 * are laid down by src/detect/rules/quiet/output-composer.ts.
 *
 * At least 64 bytes that may be read stand behind every text, and 64 that may be written behind `out`.
 */

/** A piece: its kind and three words. */
const pieceBytes: usize = 16;

/** Where a part begins and ends: two u32 for each. */
let bounds: usize = 0;
/** Room for what is written. */
let out: usize = 0;
let outEnd: usize = 0;
/** What is written of the last minute: its 16 bytes; behind them how long its text is and what stands behind a fraction; these. */
let minute: usize = 0;
const textLength: usize = 32;
const zoneLength: usize = 36;
const minuteText: usize = 48;
const zoneText: usize = 80;
/** The slot of the text that was not known. */
let missing: usize = 0;
/** Of the output that was written last. */
let length: i32 = 0;

export function setText(boundsAt: usize, outAt: usize, outBytes: usize, minuteAt: usize): void {
  bounds = boundsAt;
  out = outAt;
  outEnd = outAt + outBytes;
  minute = minuteAt;
}

/** Where the answer belongs of the piece that `compose` missed. */
export function missingSlot(): usize {
  return missing;
}

/**
 * Writes all pieces to `out`; how many bytes that are. 0 where this is not the way to write it: there is no room, a number has
 * too many digits, a byte is not printable ASCII. Negative where an answer is missing: of the piece −1 − n.
 */
export function compose(pieces: usize, end: usize, line: f64, num: f64): i32 {
  let to = out;
  for (let piece = pieces; piece < end; piece += pieceBytes) {
    const first = load<u32>(piece, 4);
    switch (load<i32>(piece)) {
      // A text: where it stands, how long it is.
      case 0: {
        to = write(to, first, load<u32>(piece, 8));
        break;
      }
      // A part, and whether -1 is no value.
      case 1: {
        const start = startOf(first);
        const length = endOf(first) - start;
        const isNone =
          isNothing(start, length) || (load<i32>(piece, 8) != 0 && length == 2 && load<u16>(start) == 0x312d);
        to = isNone ? writeNothing(to) : write(to, start, length);
        break;
      }
      // Digits.
      case 2: {
        const start = startOf(first);
        const length = endOf(first) - start;
        if (length > 15) return 0;
        const value = uint(start, start + length);
        to = value == none ? writeNothing(to) : writeNumber(to, value);
        break;
      }
      // Decimal seconds, as milliseconds.
      case 3: {
        const start = startOf(first);
        const length = endOf(first) - start;
        if (length > 15) return 0;
        const value = millis(start, start + length);
        to = value == none ? writeNothing(to) : writeNumber(to, value);
        break;
      }
      // What is remembered of a part: slots, their number (a power of two) less one.
      case 4: {
        to = writeRemembered(to, piece, true);
        if (missing != 0) return missed(pieces, piece);
        break;
      }
      // A text that is laid down there, behind its length.
      case 5: {
        to = write(to, first + 4, load<u32>(first));
        break;
      }
      case 6: {
        to = writeNumber(to, <u64>line);
        break;
      }
      case 7: {
        to = writeNumber(to, <u64>num);
        break;
      }
      // The same, behind the output, in whatever bytes.
      case 8: {
        const outputEnd = to;
        to = writeRemembered(to, piece, false);
        if (missing != 0) return missed(pieces, piece);
        if (to == 0 || !isPrintable(out, outputEnd)) return 0;
        length = <i32>(outputEnd - out);
        return <i32>(to - out);
      }
      // The time of the part.
      default: {
        const start = startOf(first);
        const digits = endOf(first) - start - 21;
        // `2026-09-15T18:00:00.050070Z`: another form is read by those who know them.
        if (digits - 1 > 8 || load<u8>(start, 16) != 0x3a || load<u8>(start, 19) != 0x2e) return 0;
        if (load<u8>(start, 17) - 0x30 > 5 || !isDigit(load<u8>(start, 18)) || load<u8>(start + digits, 20) != 0x5a)
          return 0;
        for (let at: usize = 0; at < digits; at++) if (!isDigit(load<u8>(start + at, 20))) return 0;
        if (!isText(start, minute, 16)) return missed(pieces, piece);
        if (outEnd - to < 64) return 0;
        to = write(to, minute + minuteText, load<u32>(minute, textLength));
        // Two digits, the point and the fraction, of nine.
        v128.store(to, i8x16.splat(0x30));
        write(to, start + 17, digits + 3);
        for (let at = to + 3 + digits; at < to + 12; at++) store<u8>(at, 0x30);
        to = write(to + 12, minute + zoneText, load<u32>(minute, zoneLength));
      }
    }
    if (to == 0) return 0;
  }
  length = <i32>(to - out);
  return isPrintable(out, to) ? length : 0;
}

/** How much of what `compose` wrote is the output. */
export function outputLength(): i32 {
  return length;
}

/** As `write`; `missing` is the slot where nobody has said what it comes to. A part without value shows as `<NA>` or not at all. */
function writeRemembered(to: usize, piece: usize, showNothing: bool): usize {
  missing = 0;
  const part = load<u32>(piece, 4);
  const start = startOf(part);
  const length = endOf(part) - start;
  if (isNothing(start, length)) return showNothing ? writeNothing(to) : to;
  if (length > slotKeyBytes) return 0;
  const slot: usize = load<u32>(piece, 8) + (hashOf(start, length) & load<u32>(piece, 12)) * <u32>slotBytes;
  if (<usize>load<u32>(slot) != length || !isText(start, slot + slotKey, length)) {
    store<u32>(slot, length);
    store<u32>(slot, unknown, 4);
    memory.copy(slot + slotKey, start, length);
  }
  const known = load<u32>(slot, 4);
  if (known == unknown) {
    missing = slot;
    return to;
  }
  return known > slotValueBytes ? 0 : write(to, slot + slotValue, known);
}

function missed(pieces: usize, piece: usize): i32 {
  return -1 - <i32>((piece - pieces) / pieceBytes);
}

function startOf(part: usize): usize {
  return load<u32>(bounds + (part << 3));
}

function endOf(part: usize): usize {
  return load<u32>(bounds + (part << 3), 4);
}

function isNothing(start: usize, length: usize): bool {
  return length < 2 && (length == 0 || load<u8>(start) == 0x2d);
}

function isDigit(byte: u8): bool {
  return byte - 0x30 <= 9;
}

/** Where it ends there; 0 where it has no room. Up to 15 bytes more are written. */
function write(to: usize, from: usize, length: usize): usize {
  if (length > outEnd - to) return 0;
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
  return to + length;
}

function writeNothing(to: usize): usize {
  if (outEnd - to < 4) return 0;
  store<u32>(to, 0x3e414e3c);
  return to + 4;
}

function writeNumber(to: usize, value: u64): usize {
  let length: usize = 1;
  for (let rest = value; rest > 9; rest /= 10) length++;
  if (length > outEnd - to) return 0;
  let rest = value;
  for (let at = to + length; at > to; rest /= 10) store<u8>(--at, 0x30 + <u8>(rest % 10));
  return to + length;
}

function isPrintable(from: usize, to: usize): bool {
  let other = i8x16.splat(0);
  let at = from;
  for (; at + 16 <= to; at += 16) other = v128.or(other, beyondPrintable(at));
  if (v128.any_true(other)) return false;
  return (<u32>i8x16.bitmask(beyondPrintable(at)) & ((1 << (<u32>(to - at))) - 1)) == 0;
}

function beyondPrintable(at: usize): v128 {
  return i8x16.gt_u(i8x16.sub(v128.load(at), i8x16.splat(0x20)), i8x16.splat(0x5e));
}

/** No number. */
const none: u64 = 0xffff_ffff_ffff_ffff;

function uint(start: usize, end: usize): u64 {
  if (end <= start) return none;
  let value: u64 = 0;
  for (let at = start; at < end; at++) {
    const byte = load<u8>(at);
    if (!isDigit(byte)) return none;
    value = value * 10 + (byte - 0x30);
  }
  return value;
}

/** A half is rounded up; digits beyond microseconds are dropped. */
function millis(start: usize, end: usize): u64 {
  let point = start;
  while (point < end && load<u8>(point) != 0x2e) point++;
  const seconds = uint(start, point);
  if (seconds == none || point == end) return seconds == none ? none : seconds * 1000;
  let micros = uint(point + 1, end);
  if (micros == none) return none;
  for (let digits = end - point - 1; digits < 6; digits++) micros *= 10;
  for (let digits = end - point - 1; digits > 6; digits--) micros /= 10;
  return seconds * 1000 + (micros + 500) / 1000;
}

/** A slot: the length of the part's text, that of what it reads as, and both. */
const slotBytes: usize = 512;
const slotKey: usize = 8;
const slotKeyBytes: usize = 112;
const slotValue: usize = 128;
const slotValueBytes: u32 = 384;
/** In place of a length: nobody has said. Any other length beyond the slot: it has no room. */
const unknown: u32 = 0xffff_ffff;

function hashOf(start: usize, length: usize): u32 {
  let hash: u64 = length;
  let at: usize = 0;
  for (; at + 8 <= length; at += 8) hash = rotl(hash ^ load<u64>(start + at), 23) * 0x9e3779b97f4a7c15;
  const rest = load<u64>(start + at) & (((<u64>1) << ((<u64>(length - at)) << 3)) - 1);
  return <u32>(((hash ^ (hash >> 32) ^ rest) * 0x9e3779b97f4a7c15) >> 40);
}

function isText(start: usize, other: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 16 <= length; at += 16)
    if (!i8x16.all_true(i8x16.eq(v128.load(start + at), v128.load(other + at)))) return false;
  const rest = ((<u32>1) << (<u32>(length - at))) - 1;
  return (<u32>i8x16.bitmask(i8x16.eq(v128.load(start + at), v128.load(other + at))) & rest) == rest;
}
