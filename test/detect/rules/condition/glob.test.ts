import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, foldCase, matchesGlob } from '../../../../src/detect/rules/condition/glob.ts';

function glob(pattern: string, text: string, fold = false): boolean {
  const compiled = compileGlob(pattern, fold);
  return compiled !== undefined && matchesGlob(compiled, text);
}

/** fnmatch by the book, for patterns of letters, `*` and `?`: exponential, obviously right. */
function slowGlob(pattern: string, text: string): boolean {
  const [head] = pattern;
  if (head === undefined) return text === '';
  if (head === '*') return slowGlob(pattern.slice(1), text) || (text !== '' && slowGlob(pattern, text.slice(1)));
  return text !== '' && (head === '?' || head === text[0]) && slowGlob(pattern.slice(1), text.slice(1));
}

describe('glob', () => {
  it.each([
    ['*', '', true],
    ['a*c', 'abc', true],
    ['a*c', 'abcd', false],
    ['a?c', 'a/c', true],
    ['.*', '.hidden', true],
    ['**b**', 'aba', true],
    ['[abc]x', 'bx', true],
    ['[!abc]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]]', ']', true],
    ['[!]]', 'a', true],
    ['[a-]', '-', true],
    ['[[:digit:][:upper:]]*', '7up', true],
    ['[[:alpha:]', '[p', true],
    ['[a[:nonsense:]]', 'a', true],
    ['[a[:nonsense:]]', 'b', false],
    ['[![:nonsense:]]', 'b', false],
    ['[[.x.]-z]', 'y', true],
    ['[\\]]', ']', true],
    ['[z-a]', 'm', false],
    ['[', '[', true],
    ['[a', '[a', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a\\', 'a', false],
    ['a\\', 'a\\', false],
    ['{a,b}', 'a', false],
    ['*ab*ab*', 'abab', true],
    ['*ab*ab*', 'aba', false],
    ['a*a', 'a', false],
  ])('%j on %j is %j', (pattern, text, expected) => {
    expect(glob(pattern, text)).toBe(expected);
  });

  it('counts bytes: é is two', () => {
    const text = Buffer.from('é').toString('latin1');
    expect(glob('?', text)).toBe(false);
    expect(glob('??', text)).toBe(true);
  });

  it('folds ASCII letters where asked to, in sets too', () => {
    expect(glob('HELLO*', 'hello World', true)).toBe(true);
    expect(glob('[A-C]?X', 'b-x', true)).toBe(true);
    expect(glob('É', 'é', true)).toBe(false);
    expect(foldCase('ÀBÇ')).toBe('ÀbÇ');
  });

  it('agrees with fnmatch by the book', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, text, (pattern, subject) => {
        expect(glob(pattern, subject)).toBe(slowGlob(pattern, subject));
        expect(glob(pattern.toUpperCase(), subject, true)).toBe(slowGlob(pattern, subject));
      }),
    );
  });

  it('takes any pattern without throwing', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii' }),
        fc.string({ unit: 'binary-ascii' }),
        fc.boolean(),
        (pattern, text, fold) => {
          glob(pattern, text, fold);
        },
      ),
    );
  });

  it('does not backtrack', () => {
    expect(glob(`${'*a'.repeat(100)}b`, 'a'.repeat(100_000))).toBe(false);
    expect(glob(`${'*[ab]?'.repeat(40)}c`, 'ab'.repeat(50_000))).toBe(false);
  });
});
