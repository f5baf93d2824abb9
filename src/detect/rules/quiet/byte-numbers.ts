/** Numbers in the bytes of a line, as formats/quantities.ts reads them from its text. NaN is "no value": no comparison with it holds. */

/** In place of a number of more digits than are exact here. */
export const beyond = -1;

export function uintIn(bytes: Buffer, start: number, end: number): number {
  if (end <= start) return Number.NaN;
  if (end - start > 15) return beyond;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Decimal seconds in milliseconds, a half rounded up. */
export function millisIn(bytes: Buffer, start: number, end: number): number {
  if (end - start > 15) return beyond;
  let point = start;
  while (point < end && bytes[point] !== 0x2e) point++;
  const seconds = uintIn(bytes, start, point);
  if (point === end) return seconds * 1000;
  const digits = end - point - 1;
  // Digits beyond microseconds are dropped, as there.
  const fraction = uintIn(bytes, point + 1, end);
  const micros = digits <= 6 ? fraction * 10 ** (6 - digits) : Math.floor(fraction / 10 ** (digits - 6));
  return seconds * 1000 + Math.floor((micros + 500) / 1000);
}
