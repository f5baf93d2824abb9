import { RE2JS, RE2JSException } from 're2js';
import { bytesOfText, textOfBytes } from '../../../base/bytes.ts';
import { RecentMap } from '../../../base/recent-map.ts';
import { type RegexNode, RegexFault, parsePosixRegex } from './regex-syntax.ts';

/**
 * Falco's `regex`: RE2 in POSIX egrep mode, matched against the whole value in linear time. re2js speaks RE2's Perl
 * syntax only, so the pattern is parsed by our own reader of the POSIX subset and written out again in terms that mean
 * the same there: `x*?` is `(?:(?:x)*)?`, classes are code points, `^` and `$` also match at line ends.
 */
export interface Regex {
  /** `bytes` is a byte string; it is matched as the UTF-8 text that it spells, bad bytes as U+FFFD. */
  readonly matches: (bytes: string) => boolean;
  /** A byte string that every match contains; '' where none is known. */
  readonly required: string;
}

export type CompiledRegex =
  | { readonly ok: true; readonly regex: Regex }
  | { readonly ok: false; readonly message: string };

/** The same pattern stands in a macro and so in many rules. */
const compiled = new RecentMap<string, CompiledRegex>(256);

/** `pattern` is text, not bytes. The message of an error is RE2's. */
export function compileRegex(pattern: string): CompiledRegex {
  return compiled.get(pattern, compile);
}

/** So small that re2js takes it: it refuses only what is too large, (.{1000}){1000}. */
const certainSize = 500;

function compile(pattern: string): CompiledRegex {
  try {
    const tree = parsePosixRegex(pattern);
    let re2: RE2JS | undefined;
    const program = (): RE2JS => (re2 ??= RE2JS.compile(write(tree), RE2JS.MULTILINE));
    // Small ones are compiled when they are first matched: for our own rules that was a third of loading them.
    if (sizeOf(tree) > certainSize) program();
    return {
      ok: true,
      regex: { matches: (bytes) => program().testExact(textOfBytes(bytes)), required: requiredBytes(tree) },
    };
  } catch (fault) {
    if (fault instanceof RegexFault) return { ok: false, message: fault.message };
    if (fault instanceof RE2JSException) return { ok: false, message: fault.message };
    throw fault;
  }
}

/** How many nodes there are with repetitions written out. */
function sizeOf(node: RegexNode): number {
  switch (node.kind) {
    case 'sequence':
    case 'choice':
      return node.items.reduce((sum, item) => sum + sizeOf(item), 1);
    case 'repeat':
      return 1 + sizeOf(node.item) * Math.max(1, node.min, node.max === Number.POSITIVE_INFINITY ? 1 : node.max);
    case 'class':
      return 1 + node.ranges.length;
    case 'empty':
    case 'any':
    case 'line-start':
    case 'line-end':
    case 'literal':
      return 1;
  }
}

function write(node: RegexNode): string {
  switch (node.kind) {
    case 'empty':
      return '(?:)';
    case 'any':
      return '.';
    case 'line-start':
      return '^';
    case 'line-end':
      return '$';
    case 'literal':
      return escape(node.codePoint);
    case 'class': {
      const ranges = node.ranges.map(([low, high]) => `${escape(low)}-${escape(high)}`).join('');
      return `[${node.negated ? '^' : ''}${ranges}]`;
    }
    case 'sequence':
      return node.items.map(write).join('');
    case 'choice':
      return `(?:${node.items.map(write).join('|')})`;
    case 'repeat': {
      const { min, max } = node;
      const bounds = max === Number.POSITIVE_INFINITY ? `{${min},}` : `{${min},${max}}`;
      return `(?:${write(node.item)})${bounds}`;
    }
  }
}

/** The longest run of literals that stands outside of every choice and repetition. */
function requiredBytes(node: RegexNode): string {
  const items = node.kind === 'sequence' ? node.items : [node];
  const runs = [''];
  for (const item of items) {
    // U+FFFD also stands for bytes that are no UTF-8.
    if (item.kind === 'literal' && item.codePoint !== 0xfffd)
      runs.push((runs.pop() ?? '') + String.fromCodePoint(item.codePoint));
    else runs.push('');
  }
  return bytesOfText(runs.reduce((longest, run) => (run.length > longest.length ? run : longest)));
}

function escape(codePoint: number): string {
  return `\\x{${codePoint.toString(16)}}`;
}
