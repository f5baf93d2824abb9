import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, quoted } from '../../src/base/printable.ts';

test('escape sequences, line ends and direction marks are written out', () => {
  expect(printable('\u001b]0;title\u0007\u001b[2J\r\n\t\u009b31m')).toBe('\\x1b]0;title\\x07\\x1b[2J\\r\\n\\t\\x9b31m');
  expect(printable('user\u202egpj.exe\u2028')).toBe('user\\u202egpj.exe\\u2028');
});

test('ordinary text of any script stays as it is', () => {
  expect(printable('GET /ä/日本/🙂?q="x" C:\\dir')).toBe('GET /ä/日本/🙂?q="x" C:\\dir');
});

test('nothing that is left can reach a terminal as a control', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

test('quoted text is cut behind its limit, not at it', () => {
  expect(quoted('abc', 3)).toBe('"abc"');
  expect(quoted('abcd', 3)).toBe('"abc…"');
});
