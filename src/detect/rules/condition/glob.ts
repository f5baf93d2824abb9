/**
 * fnmatch(3) without flags, as Falco's `glob` (and with FNM_CASEFOLD, `iglob`): on bytes in the C locale, over the whole
 * string, `*` and `?` match `/` and a leading dot too. A pattern is compiled to segments between its stars; each is
 * looked for once, from left to right, so matching never backtracks: time is at most text × pattern.
 */
export interface Glob {
  /** The pattern's parts between stars; one part means no star. Empty parts are kept at the ends only. */
  readonly segments: readonly GlobSegment[];
  readonly fold: boolean;
}

/** A literal text (case-folded where the glob folds), or byte by byte what may stand there. */
export type GlobSegment = string | readonly GlobByte[];

/** A byte (case-folded where the glob folds), `any`, or a bracket's set. */
export type GlobByte = number | 'any' | ByteSet;

/** `set[byte] === 1` where the byte matches. */
export type ByteSet = Uint8Array;

/** Undefined for a pattern that can match nothing (it ends in a backslash, or names an unknown class). */
export function compileGlob(pattern: string, fold: boolean): Glob | undefined {
  const parts: GlobByte[][] = [[]];
  let literal = true;
  const literals: string[] = [''];
  for (let at = 0; at < pattern.length; ) {
    let char = pattern.charAt(at++);
    if (char === '*') {
      if (parts.length === 1 || parts.at(-1)?.length !== 0) {
        parts.push([]);
        literals.push('');
      }
      continue;
    }
    let set: GlobByte | undefined;
    if (char === '?') {
      set = 'any';
    } else if (char === '[') {
      const bracket = readBracket(pattern, at, fold);
      if (bracket) {
        set = bracket.set;
        at = bracket.end;
      }
    } else if (char === '\\') {
      if (at === pattern.length) return undefined;
      char = pattern.charAt(at++);
    }
    if (set) literal = false;
    else literals.push((literals.pop() ?? '') + (fold ? foldCase(char) : char));
    parts.at(-1)?.push(set ?? foldByte(char.charCodeAt(0), fold));
  }
  return { segments: literal ? literals : parts, fold };
}

export function matchesGlob(glob: Glob, text: string): boolean {
  const subject = glob.fold && typeof glob.segments[0] === 'string' ? foldCase(text) : text;
  const { segments } = glob;
  const first = segments[0] ?? '';
  if (segments.length === 1) return first.length === subject.length && matchesAt(first, subject, 0, glob.fold);
  const last = segments.at(-1) ?? '';
  const end = subject.length - last.length;
  if (first.length > end || !matchesAt(first, subject, 0, glob.fold) || !matchesAt(last, subject, end, glob.fold))
    return false;
  let at = first.length;
  for (let i = 1; i < segments.length - 1; i++) {
    const segment = segments[i] ?? '';
    at = findSegment(segment, subject, at, glob.fold);
    if (at < 0 || at + segment.length > end) return false;
    at += segment.length;
  }
  return true;
}

/** A–Z to a–z and nothing else: the C locale's tolower on a byte string. */
export function foldCase(bytes: string): string {
  // toLowerCase does it in one go for ASCII; beyond, it would also turn É (a byte of some UTF-8 text) into é.
  if (!/[\x80-\xff]/.test(bytes)) return bytes.toLowerCase();
  return bytes.replace(/[A-Z]+/g, (run) => run.toLowerCase());
}

function matchesAt(segment: GlobSegment, text: string, at: number, fold: boolean): boolean {
  if (typeof segment === 'string') return text.startsWith(segment, at);
  return segment.every((allowed, i) => {
    if (allowed === 'any') return true;
    const byte = text.charCodeAt(at + i);
    return typeof allowed === 'number' ? allowed === foldByte(byte, fold) : allowed[byte] === 1;
  });
}

function findSegment(segment: GlobSegment, text: string, from: number, fold: boolean): number {
  if (typeof segment === 'string') return text.indexOf(segment, from);
  for (let at = from; at + segment.length <= text.length; at++) {
    if (matchesAt(segment, text, at, fold)) return at;
  }
  return -1;
}

const allBytes: ByteSet = new Uint8Array(256);

function foldByte(byte: number, fold: boolean): number {
  return fold && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** What one element of a bracket does with a byte: matches it, passes it on, or fails the whole match. */
type BracketItem = (byte: number) => boolean | 'fail';

/**
 * Reads a bracket expression whose `[` stands before `start`. Undefined when no `]` ends it: then the `[` is a literal.
 * Order matters as in glibc: the first element that matches decides before a broken one behind it is looked at.
 */
function readBracket(pattern: string, start: number, fold: boolean): { set: ByteSet; end: number } | undefined {
  let at = start;
  const negated = pattern.charAt(at) === '!' || pattern.charAt(at) === '^';
  if (negated) at++;
  const items: BracketItem[] = [];
  do {
    if (at >= pattern.length) return undefined;
    const named = /^\[:([a-y]*):\]|^\[([=.])([^])\2\]/.exec(pattern.slice(at, at + 64));
    let char = pattern.charAt(at++);
    if (named?.[1] !== undefined) {
      at += named[0].length - 1;
      const members = byteClasses[named[1]];
      items.push(members ? (byte) => members.test(String.fromCharCode(byte)) : () => 'fail');
      continue;
    }
    if (named?.[3] !== undefined) {
      at += named[0].length - 1;
      char = named[3];
    } else if (char === '\\') {
      if (at >= pattern.length) return undefined;
      char = pattern.charAt(at++);
    }
    const low = foldByte(char.charCodeAt(0), fold);
    if (pattern.charAt(at) !== '-' || pattern.charAt(at + 1) === ']' || at + 1 >= pattern.length) {
      items.push((byte) => foldByte(byte, fold) === low);
      continue;
    }
    at++;
    if (pattern.charAt(at) === '\\') at++;
    if (at >= pattern.length) return undefined;
    const high = foldByte(pattern.charCodeAt(at++), fold);
    items.push((byte) => low <= foldByte(byte, fold) && foldByte(byte, fold) <= high);
  } while (pattern.charAt(at) !== ']');

  const set = Uint8Array.from(allBytes, (_, byte) => {
    for (const item of items) {
      const verdict = item(byte);
      if (verdict === 'fail') return 0;
      if (verdict) return Number(!negated);
    }
    return Number(negated);
  });
  return { set, end: at + 1 };
}

/** The C locale's classes. */
const byteClasses: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};
