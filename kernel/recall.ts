/** What rules say of texts that come again, remembered by the text. */
import { isText, masksAt, patterns } from './bytes';

/**
 * What is remembered of the text: bits, −1 where nothing is. Of each text that is remembered there are its length plus one, the
 * answer, and from `textAt` on the text with zeros up to 32 bytes. They stand one after the other, since texts that each had
 * a place of their own in a table were in as many pages of memory; one of two slots of the table says where. Most are
 * short: these are compared without a loop.
 */
export function recall(start: usize, end: usize, op: usize): i32 {
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
