import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodedUri, maxDecoded } from '../../../src/detect/formats/decoded-uri.ts';

describe('a decoded URI', () => {
  it.each([
    ['/plain/path?a=b', '/plain/path?a=b'],
    ['/Upper', '/upper'],
    ['/%2e%2E/etc/passwd', '/../etc/passwd'],
    ['/%252e%252e%252f', '/../'],
    ['/%25%32%65', '/.'],
    ['/%%32%65', '/.'],
    ['/%2525252541', '/a'],
    ['/q?x=1+UNION%2BSELECT+2', '/q?x=1 union select 2'],
    ['/%C0%AF%c3%89', '/\xc0\xaf\xc3\x89'],
    ['/a%00b', '/a%00b'],
    ['/a%2500b', '/a%00b'],
    ['/100%', '/100%'],
    ['/%zz%4', '/%zz%4'],
    ['/\xc9%41', '/\xc9a'],
    ['', ''],
  ])('of %s is %s', (sent, decoded) => {
    expect(decodedUri(sent)).toBe(decoded);
  });

  it('is what decoding round after round ends in', () => {
    const uri = fc.string({
      unit: fc.constantFrom('%', '2', '5', '3', '4', '1', '6', 'e', 'A', '+', '/', '0'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(uri, (sent) => {
        let [before, after] = ['', sent];
        while (before !== after) {
          before = after;
          after = before.replace(/%(?!00)([0-9A-Fa-f]{2})/g, (_, hex: string) =>
            String.fromCharCode(Number.parseInt(hex, 16)),
          );
        }
        const lower = after.replaceAll('+', ' ').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
        expect(decodedUri(sent)).toBe(lower);
      }),
      { numRuns: 2000 },
    );
  });

  it('holds no NUL, no plus and no ASCII capital, and decodes to itself', () => {
    const bytes = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x25, 0x30)), { maxLength: 80 });
    fc.assert(
      fc.property(bytes, (codes) => {
        const sent = String.fromCharCode(...codes.filter((code) => code > 0));
        const decoded = decodedUri(sent);
        expect(decoded).not.toMatch(/[\0+A-Z]/);
        expect(decodedUri(decoded)).toBe(decoded);
      }),
    );
  });

  it('decodes the bytes up to its limit, and leaves those beyond encoded', () => {
    const atLimit = `${'/'.repeat(maxDecoded - 3)}%41`;
    expect(decodedUri(atLimit)).toBe(`${'/'.repeat(maxDecoded - 3)}a`);
    const beyond = `${'/'.repeat(maxDecoded)}%41B\xc9`;
    expect(decodedUri(beyond)).toBe(`${'/'.repeat(maxDecoded)}%41b\xc9`);
  });

  it('takes a megabyte of nested encoding', () => {
    expect(decodedUri(`%${'25'.repeat(30_000)}41`)).toBe('a');
    expect(decodedUri('%25'.repeat(400_000)).length).toBeLessThan(1_200_000);
  });
});
