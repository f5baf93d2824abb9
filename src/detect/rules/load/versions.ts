/** The engine that this one follows: that of Falco 0.44.1. Rule files that require a later one are refused. */
export const engineVersion = '0.62.0';

type Version = readonly [major: number, minor: number, patch: number];

const largest = 2n ** 64n - 1n;

/** As `sscanf("%u")` reads digits: a sign is taken (and wraps), too large a number is the largest. */
function parseNumber(text: string): number {
  const digits = BigInt(text.replace(/^[+-]/, ''));
  const value = digits > largest ? largest : text.startsWith('-') ? -digits : digits;
  return Number(BigInt.asUintN(32, value));
}

/** As `sscanf("%u.%u.%u")` reads it: what stands behind the third number is ignored. */
function parseVersion(text: string): Version | undefined {
  const match = /^\s*([+-]?\d+)\.\s*([+-]?\d+)\.\s*([+-]?\d+)/.exec(text);
  return match ? [parseNumber(match[1]!), parseNumber(match[2]!), parseNumber(match[3]!)] : undefined;
}

export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/** True when what is there (`have`) can serve what asks for `want`: the same major version, and not an older one. */
export function isCompatible(have: string, want: string): boolean {
  const there = parseVersion(have);
  const asked = parseVersion(want);
  if (!there || !asked || there[0] !== asked[0]) return false;
  return there[1] > asked[1] || (there[1] === asked[1] && there[2] >= asked[2]);
}
