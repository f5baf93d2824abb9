import { describe, expect, it } from 'vitest';
import { conditionFields, conditionLines } from '../../src/page/detail/condition-lines.ts';
import { loadPack } from '../support/pack.ts';

const laidOut = (condition: string): string[] =>
  conditionLines(condition).map(({ depth, words }) => '  '.repeat(depth) + words.map(({ text }) => text).join(' '));

const bare = (text: string): string => text.replace(/[\s()]/g, '');

describe('a condition', () => {
  it('is laid out by its parts, lists on one line', () => {
    expect(laidOut('(a = 1 and (b in (x, "y, z") or not c contains \'(\'))')).toEqual([
      'a = 1',
      'and (',
      '  b in ( x , "y, z" )',
      "  or not c contains '('",
      ')',
    ]);
  });

  it('keeps brackets that do not hold the whole of it', () => {
    expect(laidOut('(a = 1) or (b = 2)')).toEqual(['(', '  a = 1', ')', 'or (', '  b = 2', ')']);
  });

  it('names the fields it looks at', () => {
    expect(conditionFields('a.b = x and (c.d exists or a.b != "a.b") and e.f in (a.b)')).toEqual(['a.b', 'c.d', 'e.f']);
  });

  it('loses no word of any condition of the pack', () => {
    for (const { condition } of loadPack().ruleSet?.rules ?? []) {
      const words = conditionLines(condition).flatMap((line) => line.words.map(({ text }) => text));
      expect(bare(words.join(''))).toBe(bare(condition));
    }
  });

  it('that is broken is shown as far as it goes', () => {
    expect(laidOut(') and ((a "')).not.toEqual([]);
  });
});
