import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { alb } from '../../../../src/detect/formats/alb.ts';
import { decodedUri } from '../../../../src/detect/formats/decoded-uri.ts';
import { piece } from '../../../../src/detect/formats/format.ts';
import { foldCase } from '../../../../src/detect/rules/condition/glob.ts';
import type { Needed } from '../../../../src/detect/rules/condition/prefilter.ts';
import { LineKernel } from '../../../../src/detect/rules/quiet/line-kernel.ts';
import { literalSearch } from '../../../../src/detect/rules/quiet/literal-search.ts';
import { albLines } from '../../../support/bent-lines.ts';

const syllable = fc.constantFrom(
  ...'a b A é / // . = - ? + %2e %2b %252f ab aB /a /ab /b %c3 or select SELECT ../ b/ \u00ff'.split(' '),
);
const textOf = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(syllable, { minLength: 1, maxLength }).map((parts) => parts.join(''));
const needed: fc.Arbitrary<Needed> = fc.record({
  literals: fc.array(
    fc.record({ text: fc.oneof(textOf(3), fc.constantFrom(' ', 'a b', ' or ')), atEnd: fc.boolean() }),
    { minLength: 1, maxLength: 30 },
  ),
  fold: fc.boolean(),
  exact: fc.constant(true),
});

it('finds the literals that stand in a text, and no others', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(needed, { minLength: 1, maxLength: 40 }),
      fc.array(textOf(12), { maxLength: 5 }),
      (decoded, needs, texts) => {
        const search = literalSearch(decoded, needs);
        if (search === undefined) return;
        const kernel = new LineKernel(alb.regular!);
        const { at } = kernel.askSearch(piece.uri, search);
        kernel.begin([[]]);
        const fold = needs.some((each) => each.fold);
        for (const text of texts) {
          const uri = `/${text}`;
          const line = (albLines[0] ?? '').replace(/(?<="[A-Z]+ https?:\/\/[^/]+)\/\S*/, () => uri);
          expect(kernel.next(Buffer.from(`${line}\nnext`, 'latin1'), 0)).toBe(0);
          expect(kernel.text(piece.uri)).toBe(uri);
          const searched = decoded ? decodedUri(uri) : fold ? foldCase(uri) : uri;
          const nothing = searched === '' || searched === '-';
          const expected = needs.map(({ literals }) =>
            literals.some(({ text: literal, atEnd }) => {
              const wanted = fold ? foldCase(literal) : literal;
              return !nothing && (atEnd ? searched.endsWith(wanted) : searched.includes(wanted));
            }),
          );
          const words = kernel.memory.words.subarray(at + 1);
          const found = needs.map((_, bit) => ((words[bit >> 5] ?? 0) & (1 << (bit & 31))) !== 0);
          expect({ uri, found, any: kernel.memory.words[at] }).toEqual({
            uri,
            found: expected,
            any: expected.includes(true) ? 1 : 0,
          });
        }
      },
    ),
    { numRuns: 400 },
  );
});
