/** Bytes of a text, 16 or 64 together. At least 64 that may be read, whatever they are, stand behind every text. */

/** 16 blanks, quotes, line feeds, backslashes, bytes 0x1f; then 32 bytes of ones and 32 of zeros. */
export let patterns: usize = 0;

export function setPatterns(at: usize): void {
  patterns = at;
}

/** A mask of the first n bytes of 32 stands n before this, counted from the patterns. */
export const masksAt: usize = 80 + 32;

export function matches(from: usize, pattern: v128): u64 {
  return bits(
    i8x16.eq(v128.load(from), pattern),
    i8x16.eq(v128.load(from, 16), pattern),
    i8x16.eq(v128.load(from, 32), pattern),
    i8x16.eq(v128.load(from, 48), pattern),
  );
}

/** A bit for each of 64 bytes. */
export function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a) | ((<u32>i8x16.bitmask(b)) << 16)) |
    ((<u64>(<u32>i8x16.bitmask(c) | ((<u32>i8x16.bitmask(d)) << 16))) << 32)
  );
}

export function isMinus(start: usize, end: usize): bool {
  return end - start == 1 && load<u8>(start) == 0x2d;
}

/** The first `length` bytes of a word that was loaded little-endian. */
export function lowBytes(length: usize): u64 {
  return length >= 8 ? ~(<u64>0) : ((<u64>1) << ((<u64>length) << 3)) - 1;
}

export function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}

/** Where the byte first stands; `end` where it does not. */
export function find(start: usize, end: usize, byte: u8): usize {
  const wanted = i8x16.splat(byte);
  for (let at = start; at < end; at += 16) {
    const found = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (found != 0) return min(end, at + <usize>ctz(found));
  }
  return end;
}

/** Where it stands last. Reads up to 16 bytes before `start`. */
export function findLast(start: usize, end: usize, byte: u8): usize {
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

export function isNothing(start: usize, end: usize): bool {
  return end - start < 2 && (end == start || load<u8>(start) == 0x2d);
}

export function isText(start: usize, other: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(start + at), v128.load(other + at))) != 0xffff) return false;
  }
  const rest = ((<u32>1) << (<u32>length - <u32>at)) - 1;
  return (<u32>i8x16.bitmask(i8x16.eq(v128.load(start + at), v128.load(other + at))) & rest) == rest;
}

export function contains(start: usize, end: usize, byte: u8): bool {
  return find(start, end, byte) < end;
}

export function isSame(start: usize, end: usize, other: usize, otherEnd: usize): bool {
  return end - start == otherEnd - other && !isNothing(start, end) && isText(start, other, end - start);
}
