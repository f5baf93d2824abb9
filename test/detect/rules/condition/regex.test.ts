import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfText } from '../../../../src/base/bytes.ts';
import { compileRegex } from '../../../../src/detect/rules/condition/regex.ts';

function matches(pattern: string, text: string): boolean {
  const compiled = compileRegex(pattern);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.regex.matches(bytesOfText(text));
}

function problem(pattern: string): string | undefined {
  const compiled = compileRegex(pattern);
  return compiled.ok ? undefined : compiled.message;
}

function required(pattern: string): string | undefined {
  const compiled = compileRegex(pattern);
  return compiled.ok ? compiled.regex.required : undefined;
}

describe('regex in the POSIX syntax of RE2', () => {
  it.each([
    ['a|b', 'b', true],
    ['a|', '', true],
    ['ab', 'xab', false],
    ['a*?', 'aaa', true],
    ['a+?b', 'aab', true],
    ['a**', 'aa', true],
    ['a{2}', 'aa', true],
    ['a{2,3}', 'aaaa', false],
    ['a{,3}', 'a{,3}', true],
    ['a{01}', 'a{01}', true],
    ['[]a]+', ']a', true],
    ['[^]a]', 'b', true],
    ['[a-]', '-', true],
    ['[[:alpha:]_]+', 'a_B', true],
    ['[[:^digit:]]', 'x', true],
    ['[[:word:]]+', 'a_1', true],
    ['a\\_[\\_]', 'a__', true],
    ['\\x41\\x{42}\\101\\n', 'ABA\n', true],
    ['\\.\\-\\[', '.-[', true],
    ['h.llo', 'h€llo', true],
    ['.', '\n', false],
    ['[^x]', '\n', true],
    ['a$\\n^b', 'a\nb', true],
    ['()', '', true],
    ['é+', 'éé', true],
  ])('%j on %j is %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each(['\\d', '\\w+', '\\s', '\\bx', '\\A', '\\z', '\\Qa\\E', '\\C', '\\pN', '\\1', '\\8', '\\é'])(
    'has no %s',
    (pattern) => {
      expect(problem(pattern)).toMatch(/^invalid escape sequence: \\/);
    },
  );

  it.each([
    ['(?:a)', 'no argument for repetition operator: ?'],
    ['*a', 'no argument for repetition operator: *'],
    ['a|{2}', 'no argument for repetition operator: {2}'],
    ['(a', 'missing ): (a'],
    ['a)', 'unexpected ): a)'],
    ['[a', 'missing ]: [a'],
    ['[b-a]', 'invalid character class range: b-a'],
    ['[a-b-c]', 'invalid character class range: -c'],
    ['[[:nope:]]', 'invalid character class range: [:nope:]'],
    ['a{1001}', 'invalid repetition size: {1001}'],
    ['a{3,2}', 'invalid repetition size: {3,2}'],
    ['a\\', 'trailing \\ at end of regexp: \\'],
  ])('refuses %j: %s', (pattern, message) => {
    expect(problem(pattern)).toBe(message);
  });

  it('refuses what would be too large', () => {
    expect(problem('((a{100}){100}){100}')).toBeDefined();
  });

  it('takes bytes that are no UTF-8 for U+FFFD', () => {
    const compiled = compileRegex('a.b');
    expect(compiled.ok && compiled.regex.matches('a\xffb')).toBe(true);
  });

  it('knows a text that every match contains', () => {
    expect(required('[^Z]*union[^a-z]+sel.*')).toBe('union');
    expect(required('abc|abd')).toBe('');
    expect(required('(abc)+')).toBe('');
    expect(required('xé')).toBe(bytesOfText('xé'));
  });

  it('stays linear where backtracking would not end', () => {
    expect(matches('(a+)+', `${'a'.repeat(50_000)}b`)).toBe(false);
    expect(matches('(a|aa)*c', 'a'.repeat(50_000))).toBe(false);
  });

  it('agrees with native expressions on simple patterns', () => {
    const pattern = fc.string({
      unit: fc.constantFrom('a', 'b', '.', '*', '+', '|', '(', ')', '[ab]', '?'),
      maxLength: 8,
    });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        const compiled = compileRegex(source);
        // JavaScript knows the same syntax but for groups that begin with ?, lazy and doubled repetition.
        fc.pre(compiled.ok && !/[*+?][*+?]/.test(source));
        if (compiled.ok) expect(compiled.regex.matches(subject)).toBe(new RegExp(`^(?:${source})$`).test(subject));
      }),
    );
  });

  it('answers every pattern with a regex or a message', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (pattern) => void compileRegex(pattern)));
  });
});
