/** The engine that this one follows: that of Falco 0.44.1. Rule files that require a later one are refused. */
export const engineVersion = '0.62.0';

type Version = readonly [major: number, minor: number, patch: number];

/** As `sscanf("%u.%u.%u")` reads it: what stands behind the third number is ignored, a sign is taken (and wraps). */
function parseVersion(text: string): Version | undefined {
  const match = /^\s*([+-]?\d+)\.\s*([+-]?\d+)\.\s*([+-]?\d+)/.exec(text);
  return match ? [Number(match[1]) >>> 0, Number(match[2]) >>> 0, Number(match[3]) >>> 0] : undefined;
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
