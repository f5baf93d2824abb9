/** Literals in texts: anywhere, or at the beginning. */
import { contains, isDigit, isNothing, masksAt, patterns } from './bytes';

/** Room for a text of the longest line. */
let scratch: usize = 0;

export function setScratch(at: usize): void {
  scratch = at;
}

/**
 * Looks for literals; 1 when something was found, its bits then stand behind the result. From each byte the first three on are
 * asked for in a set of all beginnings of literals, without regard to case; where one may begin, more of its bytes are, as
 * many as all literals with this beginning have; where these are there too, the trie is walked.
 */
export function search(op: usize, start: usize, end: usize, result: usize): i32 {
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

export function anyBit(found: usize, masks: usize, words: u32): bool {
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

/** Which prefixes the text begins with, leading slashes aside: a trie of rows of 256 u16, and bits for each row. */
export function prefixes(start: usize, end: usize, table: usize, bits: usize): i32 {
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
