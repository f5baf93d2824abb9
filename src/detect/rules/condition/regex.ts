import { RE2JS, RE2JSException } from 're2js';
import { textOfBytes } from '../../../base/bytes.ts';
import { type RegexNode, RegexFault, parsePosixRegex } from './regex-syntax.ts';

/**
 * Falco's `regex`: RE2 in POSIX egrep mode, matched against the whole value in linear time. re2js speaks RE2's Perl
 * syntax only, so the pattern is parsed by our own reader of the POSIX subset and written out again in terms that mean
 * the same there: `x*?` is `(?:(?:x)*)?`, classes are code points, `^` and `$` also match at line ends.
 */
export interface Regex {
  /** `bytes` is a byte string; it is matched as the UTF-8 text that it spells, bad bytes as U+FFFD. */
  readonly matches: (bytes: string) => boolean;
}

export type CompiledRegex =
  | { readonly ok: true; readonly regex: Regex }
  | { readonly ok: false; readonly message: string };

/** `pattern` is text, not bytes. The message of an error is RE2's. */
export function compileRegex(pattern: string): CompiledRegex {
  try {
    const re2 = RE2JS.compile(write(parsePosixRegex(pattern)), RE2JS.MULTILINE);
    return { ok: true, regex: { matches: (bytes) => re2.testExact(textOfBytes(bytes)) } };
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

function escape(codePoint: number): string {
  return `\\x{${codePoint.toString(16)}}`;
}
