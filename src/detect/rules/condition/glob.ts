import { RecentMap } from '../../../base/recent-map.ts';
import { escapeByte } from './literals.ts';

/**
 * fnmatch(3) without flags, as Falco's `glob` (and with FNM_CASEFOLD, `iglob`): on bytes in the C locale, over the whole
 * string, `*` and `?` match `/` and a leading dot too. A pattern is compiled to segments between its stars; each is
 * looked for once, from left to right, so matching never backtracks: time is at most text × pattern.
 */
export interface Glob {
  /** The pattern's parts between stars; one part means no star. Empty parts are kept at the ends only. */
  readonly segments: readonly GlobSegment[];
  readonly fold: boolean;
  /** A regular expression for the whole, for the shapes that it takes linear time for: `a?c`, `a*c`, `*a?c*`. */
  readonly pattern?: RegExp;
}

/** A literal text (case-folded where the glob folds), or a run of bytes and sets of bytes. */
type GlobSegment = string | GlobRun;

/** As many bytes as `length`; found by V8's regular expressions, which never backtrack over such a run. */
interface GlobRun {
  readonly length: number;
  /** Finds the run from `lastIndex` on. */
  readonly search: RegExp;
  /** Matches the run at `lastIndex`. */
  readonly here: RegExp;
  /** The longest text in it, case-folded where the glob folds. */
  readonly literal: string;
}

/** A glob as plain values; in place of regular expressions, their text. */
export interface PackedGlob {
  readonly segments: readonly (string | PackedRun)[];
  readonly fold: boolean;
  readonly pattern?: string;
}

interface PackedRun extends Pick<GlobRun, 'length' | 'literal'> {
  readonly source: string;
}

export function packGlob({ segments, fold, pattern }: Glob): PackedGlob {
  return {
    segments: segments.map((segment) => (typeof segment === 'string' ? segment : packRun(segment))),
    fold,
    ...(pattern && { pattern: pattern.source }),
  };
}

function packRun({ length, literal, search }: GlobRun): PackedRun {
  return { length, literal, source: search.source };
}

export function unpackGlob({ segments, fold, pattern }: PackedGlob): Glob {
  return {
    segments: segments.map((segment) => (typeof segment === 'string' ? segment : runOf(segment))),
    fold,
    ...(pattern !== undefined && { pattern: new RegExp(pattern) }),
  };
}

function runOf({ length, literal, source }: PackedRun): GlobRun {
  return { length, search: new RegExp(source, 'g'), here: new RegExp(source, 'y'), literal };
}

/** The same pattern stands in a macro and so in many rules. */
const exact = new RecentMap<string, Glob | undefined>(256);
const folding = new RecentMap<string, Glob | undefined>(256);

/** Undefined for a pattern that can match nothing (it ends in a backslash, or names an unknown class). */
export function compileGlob(pattern: string, fold: boolean): Glob | undefined {
  return fold
    ? folding.get(pattern, (text) => compile(text, true))
    : exact.get(pattern, (text) => compile(text, false));
}

function compile(pattern: string, fold: boolean): Glob | undefined {
  const segments: SegmentWriter[] = [new SegmentWriter(fold)];
  for (let at = 0; at < pattern.length; ) {
    const segment = segments.at(-1);
    let char = pattern.charAt(at++);
    if (char === '*') {
      if (segments.length === 1 || segment?.length !== 0) segments.push(new SegmentWriter(fold));
      continue;
    }
    if (char === '?') {
      segment?.addSet('[^]');
      continue;
    }
    const bracket = char === '[' ? readBracket(pattern, at, fold) : undefined;
    if (bracket) {
      segment?.addSet(bracket.set);
      at = bracket.end;
      continue;
    }
    if (char === '\\') {
      if (at === pattern.length) return undefined;
      char = pattern.charAt(at++);
    }
    segment?.addByte(char);
  }
  const whole = wholePattern(segments);
  return { segments: segments.map((segment) => segment.finish()), fold, ...(whole && { pattern: whole }) };
}

function wholePattern(segments: readonly SegmentWriter[]): RegExp | undefined {
  if (segments.every((segment) => segment.isLiteral)) return undefined;
  const [first, second, third] = segments.map((segment) => segment.source);
  if (segments.length === 1) return new RegExp(`^${first}$`);
  if (segments.length === 2) return new RegExp(`^${first}[^]*${second}$`);
  return segments.length === 3 && first === '' && third === '' ? new RegExp(second ?? '') : undefined;
}

class SegmentWriter {
  readonly #fold: boolean;
  readonly #runs = [''];
  source = '';
  length = 0;

  constructor(fold: boolean) {
    this.#fold = fold;
  }

  addByte(char: string): void {
    const folded = this.#fold ? foldCase(char) : char;
    this.#runs.push((this.#runs.pop() ?? '') + folded);
    this.source += this.#fold && /[a-z]/.test(folded) ? `[${folded}${folded.toUpperCase()}]` : escapeByte(char);
    this.length++;
  }

  /** `set` is a regular expression for one byte. */
  addSet(set: string): void {
    this.#runs.push('');
    this.source += set;
    this.length++;
  }

  get isLiteral(): boolean {
    return this.#runs.length === 1;
  }

  finish(): GlobSegment {
    const literal = this.#runs.reduce((longest, run) => (run.length > longest.length ? run : longest));
    if (this.isLiteral) return literal;
    return runOf({ length: this.length, literal, source: this.source });
  }
}

export function matchesGlob({ segments, fold, pattern }: Glob, text: string): boolean {
  if (pattern) return pattern.test(text);
  // Runs fold by themselves, literals are looked for in the folded text; the two have the same length.
  const folded = fold && segments.some((segment) => typeof segment === 'string') ? foldCase(text) : text;
  const first = segments[0] ?? '';
  if (segments.length === 1) return first.length === text.length && matchesAt(first, text, folded, 0);
  const last = segments.at(-1) ?? '';
  const end = text.length - last.length;
  if (first.length > end || !matchesAt(first, text, folded, 0) || !matchesAt(last, text, folded, end)) return false;
  let at = first.length;
  for (let i = 1; i < segments.length - 1; i++) {
    const segment = segments[i] ?? '';
    at = findSegment(segment, text, folded, at);
    if (at < 0 || at + segment.length > end) return false;
    at += segment.length;
  }
  return true;
}

/** A–Z to a–z and nothing else: the C locale's tolower on a byte string. */
export function foldCase(bytes: string): string {
  if (!/[A-Z]/.test(bytes)) return bytes;
  // toLowerCase does it in one go for ASCII; beyond, it would also turn É (a byte of some UTF-8 text) into é.
  if (!/[\x80-\xff]/.test(bytes)) return bytes.toLowerCase();
  return bytes.replace(/[A-Z]+/g, (run) => run.toLowerCase());
}

function matchesAt(segment: GlobSegment, text: string, folded: string, at: number): boolean {
  if (typeof segment === 'string') return folded.startsWith(segment, at);
  segment.here.lastIndex = at;
  return segment.here.test(text);
}

function findSegment(segment: GlobSegment, text: string, folded: string, from: number): number {
  if (typeof segment === 'string') return folded.indexOf(segment, from);
  segment.search.lastIndex = from;
  return segment.search.test(text) ? segment.search.lastIndex - segment.length : -1;
}

function foldByte(byte: number, fold: boolean): number {
  return fold && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** What one element of a bracket does with a byte: matches it, passes it on, or fails the whole match. */
type BracketItem = (byte: number) => boolean | 'fail';

/**
 * Reads a bracket expression whose `[` stands before `start`. Undefined when no `]` ends it: then the `[` is a literal.
 * Order matters as in glibc: the first element that matches decides before a broken one behind it is looked at.
 */
function readBracket(pattern: string, start: number, fold: boolean): { set: string; end: number } | undefined {
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

  let members = '';
  for (let byte = 0; byte < 256; byte++) {
    if (isMember(items, byte, negated)) members += escapeByte(String.fromCharCode(byte));
  }
  // `[]` is JavaScript for no byte at all.
  return { set: `[${members}]`, end: at + 1 };
}

function isMember(items: readonly BracketItem[], byte: number, negated: boolean): boolean {
  for (const item of items) {
    const verdict = item(byte);
    if (verdict === 'fail') return false;
    if (verdict) return !negated;
  }
  return negated;
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
