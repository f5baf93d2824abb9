import { describe, expect, it } from 'vitest';
import { unescaped } from '../../../src/detect/formats/escapes.ts';

describe('escapes of AWS', () => {
  it.each([
    ['plain', 'plain'],
    ['a\\x22b\\x5Cc', 'a"b\\c'],
    ['\\xC3\\xA9', '\xc3\xa9'],
    ['\\xc3\\xa9', '\xc3\xa9'],
    ['\\x00000022', '"'],
    ['say \\"this\\"', 'say "this"'],
    ['\\x0D\\x0A', '\r\n'],
  ])('%s is undone', (written, sent) => {
    expect(unescaped(written)).toBe(sent);
  });

  it.each(['\\', '\\x', '\\x2', '\\xZZ', '\\n', '..\\..\\', '\\u0041', 'x22'])('%s is none', (text) => {
    expect(unescaped(text)).toBe(text);
  });

  it('are undone once: what comes out is not looked at again', () => {
    expect(unescaped('\\x5Cx41')).toBe('\\x41');
    expect(unescaped('\\x5C\\x22')).toBe('\\"');
  });

  it('leave NUL written out, where Falco would end the string', () => {
    expect(unescaped('a\\x00b\\x41')).toBe('a\\x00bA');
    expect(unescaped('\\x00000000')).toBe('\\x00000000');
  });
});
