import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, visiblePieces } from '../../src/page/shown/visible-text.ts';

const shown = (text: string): string =>
  visiblePieces(text)
    .map((piece) => (piece.hidden ? `[${piece.text}]` : piece.text))
    .join('');

describe('hostile text', () => {
  it.each([
    ['a\u0000b\u001b[2Jc', 'a[NUL]b[ESC][2Jc'],
    ['\u202egnp.exe\u202c', '[U+202E]gnp.exe[U+202C]'],
    ['pay\u200bpal\ufeff', 'pay[U+200B]pal[U+FEFF]'],
    ['a\r\nb\tc', 'a[\\r]\nb\tc'],
    ['half \ud800 a pair', 'half [U+D800] a pair'],
    ['tag \u{e0041}', 'tag [U+E0041]'],
    ['<b> ünïcödé 🙂', '<b> ünïcödé 🙂'],
  ])('%j is shown as %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('keeps every visible character, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const visible = visiblePieces(text).filter(({ hidden }) => !hidden);
        let from = 0;
        for (const piece of visible) {
          const at = text.indexOf(piece.text, from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + piece.text.length;
        }
      }),
    );
  });

  it('is cut at its limit and not through a pair', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcd', 3)).toBe('abc');
    expect(cut('ab🙂', 3)).toBe('ab');
  });
});
