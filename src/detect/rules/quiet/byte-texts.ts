/** No bytes, or only `-`: the part has no value. */
export function isNothing(bytes: Buffer, start: number, end: number): boolean {
  return end - start < 2 && (end === start || bytes[start] === 0x2d);
}

/** Two parts have the same value. */
export function isSame(bytes: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart || isNothing(bytes, start, end)) return false;
  for (let at = start, other = otherStart; at < end; at++, other++) if (bytes[at] !== bytes[other]) return false;
  return true;
}
