import { RE2JS, RE2JSException } from 're2js';
import { bytesOfText, textOfBytes } from '../../../base/bytes.ts';
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

/** `pattern` is text, not bytes. The message of an error is RE2's. */
export function compileRegex(pattern: string): CompiledRegex {
  try {
    const tree = parsePosixRegex(pattern);
    const re2 = RE2JS.compile(write(tree), RE2JS.MULTILINE);
    return {
      ok: true,
      regex: { matches: (bytes) => re2.testExact(textOfBytes(bytes)), required: requiredBytes(tree) },
    };
  } catch (fault) {
    if (fault instanceof RegexFault) return { ok: false, message: fault.message };
    // What our reader accepts and re2js refuses is too large: (.{1000}){1000}.
    if (fault instanceof RE2JSException) return { ok: false, message: fault.message };
    throw fault;
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
