import { describe, expect, it } from 'vitest';
import { maxExpandedLength } from '../../../../src/detect/rules/load/lists.ts';
import { conditionOf, loadTexts, ruleText, warningsOf } from '../../../support/rules-bench.ts';

const list = (name: string, items: string): string => `- list: ${name}\n  items: [${items}]\n`;
const expanded = (lists: readonly string[], condition: string): string =>
  conditionOf(loadTexts([lists.join('') + ruleText(condition)]));

describe('lists in conditions', () => {
  it('stand wherever their name is a word of the text', () => {
    expect(expanded([list('l', 'x, y')], 'web.path in (a, l,b)')).toBe('web.path in (a, x, y, b)');
    expect(expanded([list('l', 'x, y')], 'web.path in(l)')).toBe('web.path in (x, y)');
    expect(expanded([list('l', 'x')], 'web.path=l')).toBe('web.path = x');
    expect(expanded([list('l', 'x')], 'web.path in l')).toBe('web.path in x');
  });

  it('are not found inside longer words or next to quotes', () => {
    expect(expanded([list('l', 'x')], "web.path in (ll, l.l, 'l')")).toBe('web.path in (ll, l.l, l)');
  });

  it('reach into quoted text between blanks', () => {
    expect(expanded([list('l', 'x')], '"web.path = \'a l b\'"')).toBe('web.path = "a x b"');
  });

  it('quote items with blanks, and only those', () => {
    expect(expanded([list('l', '"a b", \'"c d"\', e')], 'web.path in (l)')).toBe('web.path in ("a b", "c d", e)');
    expect(expanded([list('l', '"a=b"')], 'web.path in (l)')).toMatch(/^LOAD_ERR_COMPILE_CONDITION/);
  });

  it('take one comma with them when they are empty, the left one first', () => {
    expect(expanded([list('l', '')], 'web.path in (l)')).toBe('web.path in ()');
    expect(expanded([list('l', '')], 'web.path in (a, l, b)')).toBe('web.path in (a, b)');
    expect(expanded([list('l', '')], 'web.path in (l, b)')).toBe('web.path in (b)');
    expect(expanded([list('l', '')], 'web.path in (a, l)')).toBe('web.path in (a)');
    expect(expanded([list('l', "''")], 'web.path in (a, l, l)')).toBe('web.path in (a)');
  });

  it('hold other lists one level deep, if those were defined before their last change', () => {
    expect(expanded([list('a', 'x'), list('b', 'a, y'), list('c', 'b, z')], 'web.path in (c)')).toBe(
      'web.path in (a, y, z)',
    );
    expect(
      expanded([list('b', 'q'), list('a', 'x'), '- list: b\n  items: [a]\n  append: true\n'], 'web.path in (b)'),
    ).toBe('web.path in (q, x)');
  });

  it('are expanded in the order of their definition, each over what those before it left', () => {
    expect(expanded([list('aa', 'bb'), list('bb', 'x')], 'web.path in (aa)')).toBe('web.path in (x)');
    expect(expanded([list('bb', 'aa'), list('cc', 'bb')], 'web.path in (cc)')).toBe('web.path in (aa)');
  });

  it('become constants, silently, when nobody defined them', () => {
    expect(expanded([], 'web.path in nolist')).toBe('web.path in nolist');
  });

  it('are reported when nothing uses them, file after file', () => {
    const loaded = loadTexts([list('l', 'x'), ruleText('web.path = a'), ruleText('web.path in (l)')]);
    expect(loaded.files.map(({ warnings }) => warnings.map(({ code }) => code))).toEqual([
      ['LOAD_UNUSED_LIST'],
      ['LOAD_UNUSED_LIST'],
      [],
    ]);
  });

  it('cannot grow without bound by holding each other', () => {
    const lists = Array.from({ length: 12 }, (_, i) =>
      list(`l${i}`, Array.from({ length: 10 }, () => `l${i + 1}`).join(', ')),
    );
    const [error] = loadTexts([lists.join('') + ruleText('web.path in (l0)')]).files[0]!.errors;
    expect(error?.message).toBe(`The condition grows beyond ${maxExpandedLength} characters by its lists`);
  });

  it('may be replaced, appended and must exist for an append', () => {
    expect(
      expanded([list('l', 'x'), '- list: l\n  items: [y]\n  override: {items: replace}\n'], 'web.path in (l)'),
    ).toBe('web.path in (y)');
    expect(expanded(['- list: l\n  items: [y]\n  override: {items: append}\n'], 'web.path in (l)')).toMatch(
      /^LOAD_ERR_VALIDATE: List uses 'append'/,
    );
  });

  it('warn of a name that no condition can hold', () => {
    expect(warningsOf(loadTexts([list('a b', 'x')])).map(({ code }) => code)).toEqual([
      'LOAD_INVALID_LIST_NAME',
      'LOAD_UNUSED_LIST',
    ]);
  });
});
