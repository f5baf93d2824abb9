import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldCase } from '../../../../src/detect/rules/condition/glob.ts';
import { literalPattern } from '../../../../src/detect/rules/condition/literals.ts';
import { recalling } from '../../../../src/detect/rules/condition/recall.ts';
import { type ScannedLiteral, compileScanner } from '../../../../src/detect/rules/condition/scanner.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'é', '/', 'ab'), maxLength: 20 });
const literal = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '/'), minLength: 1, maxLength: 5 });

describe('scanner', () => {
  it('finds exactly the literals that stand in the text, at the end where they must', () => {
    const literals = fc.array(fc.tuple(literal, fc.integer({ min: 0, max: 70 }), fc.boolean()), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(literals, fc.array(text), fc.boolean(), (rows, texts, fold) => {
        const scanned: ScannedLiteral[] = rows.map(([one, bit, atEnd]) => ({ text: one, bit, atEnd }));
        const scanner = compileScanner(scanned, 71, fold);
        const recalled = recalling(compileScanner(scanned, 71, fold));
        for (const subject of [...texts, ...texts]) {
          scanner.scan(subject);
          recalled.scan(subject);
          const folded = fold ? foldCase(subject) : subject;
          for (let bit = 0; bit < 71; bit++) {
            const expected = scanned.some(
              (one) => one.bit === bit && (one.atEnd ? folded.endsWith(one.text) : folded.includes(one.text)),
            );
            expect((scanner.found[bit >> 5]! & (1 << (bit & 31))) !== 0).toBe(expected);
          }
          expect([...recalled.found]).toEqual([...scanner.found]);
        }
      }),
    );
  });

  it('goes on being right when it stops remembering, and with texts too long to remember', () => {
    const scanner = recalling(compileScanner([{ text: 'needle', bit: 0, atEnd: false }], 1, false));
    for (let n = 0; n < 5_000; n++) {
      const odd = n % 2 === 1;
      scanner.scan(`text ${n} ${odd ? 'needle' : 'nothing'}${n % 100 === 0 ? 'x'.repeat(500) : ''}`);
      expect(scanner.found[0]).toBe(odd ? 1 : 0);
    }
  });

  it('does not scan for literals that all begin with a byte the text lacks', () => {
    const scanner = compileScanner(
      [
        { text: '%2e', bit: 0, atEnd: false },
        { text: '%00', bit: 1, atEnd: true },
      ],
      2,
      true,
    );
    scanner.scan('/a%2Eb%00');
    expect(scanner.found[0]).toBe(3);
    scanner.scan('/plain');
    expect(scanner.found[0]).toBe(0);
  });
});

describe('literal patterns', () => {
  it('answer as includes and startsWith do', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(literal, fc.constant('')), { minLength: 1 }), text, (literals, subject) => {
        expect(literalPattern(literals, false).test(subject)).toBe(literals.some((one) => subject.includes(one)));
        expect(literalPattern(literals, false, 'start').test(subject)).toBe(
          literals.some((one) => subject.startsWith(one)),
        );
      }),
    );
  });

  it('take any number of literals', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => `literal-${n}-`);
    const pattern = literalPattern(many, true);
    expect(pattern.test('a LITERAL-4999- here')).toBe(true);
    expect(pattern.test('a literal-5000- here')).toBe(false);
  });
});
