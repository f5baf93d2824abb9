/** Numbers by their digits. */
import { isDigit, isNothing } from './bytes';

/** A number with more digits than are exact here. */
export const beyond: f64 = -1;

export function uint(start: usize, end: usize): f64 {
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
export function millis(start: usize, end: usize): f64 {
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

export function lengthOf(start: usize, end: usize): f64 {
  return isNothing(start, end) ? NaN : <f64>(end - start);
}

/** The bits of the intervals that the value lies in. An interval: from, to, its bit. */
export function intervalsOf(value: f64, intervals: usize, end: usize): i32 {
  let bits = 0;
  for (let at = intervals; at < end; at += 24)
    if (value >= load<f64>(at) && value <= load<f64>(at, 8)) bits |= load<i32>(at, 16);
  return bits;
}
