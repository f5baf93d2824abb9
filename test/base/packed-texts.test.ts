import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packTexts, restOf, textsOf } from '../../src/base/packed-texts.ts';

describe('packed texts', () => {
  it('are what was packed, and so are the bytes behind them, wherever they stand', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.uint8Array(), (texts, bytes) => {
        const packed = packTexts(texts, bytes);
        const within = Buffer.concat([Buffer.from('before'), packed]).subarray(6);
        for (const each of [packed, within]) {
          expect(textsOf(each).map((text) => text())).toEqual(texts);
          expect(Buffer.from(restOf(each))).toEqual(Buffer.from(bytes));
        }
      }),
    );
  });
});
