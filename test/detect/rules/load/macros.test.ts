import { describe, expect, it } from 'vitest';
import { maxDepth, maxNodes } from '../../../../src/detect/rules/load/macros.ts';
import { conditionOf, errorsOf, loadTexts, ruleText, warningsOf } from '../../../support/rules-bench.ts';

const macro = (name: string, condition: string): string => `- macro: ${name}\n  condition: ${condition}\n`;
const resolved = (macros: readonly string[], condition: string): string =>
  conditionOf(loadTexts([macros.join('') + ruleText(condition)]));

const doubling = (count: number): string[] => [
  macro('m0', 'web.path = a'),
  ...Array.from({ length: count }, (_, i) => macro(`m${i + 1}`, `m${i} or not m${i}`)),
];

const wrapping = (count: number): string =>
  [
    macro('m0', 'web.path = a'),
    ...Array.from({ length: count }, (_, i) => macro(`m${i + 1}`, `web.path = b and (web.path = c or m${i})`)),
  ].join('');

describe('macros', () => {
  it('keep their grouping', () => {
    const m = macro('m', 'web.path = a or web.path = b');
    expect(resolved([m], 'm and web.status = 1')).toBe('((web.path = a or web.path = b) and web.status = 1)');
    expect(resolved([m], 'not m')).toBe('not (web.path = a or web.path = b)');
  });

  it('see only macros first defined before their own last change', () => {
    expect(resolved([macro('a', 'web.path = a'), macro('b', 'a')], 'b')).toBe('web.path = a');
    expect(resolved([macro('b', 'a'), macro('a', 'web.path = a')], 'b')).toBe(
      "LOAD_ERR_VALIDATE: Undefined macro 'a' used in filter.",
    );
    expect(resolved([macro('b', 'web.path = b'), macro('a', 'web.path = a'), macro('b', 'a')], 'b')).toBe(
      'web.path = a',
    );
  });

  it('are visible to rules before them', () => {
    expect(conditionOf(loadTexts([ruleText('m') + macro('m', 'web.path = a')]))).toBe('web.path = a');
  });

  it('cannot name themselves, directly or in a circle', () => {
    expect(resolved([macro('m', 'm')], 'm')).toMatch(/Undefined macro 'm'/);
    expect(resolved([macro('a', 'web.path = a'), macro('b', 'a'), macro('a', 'b')], 'a')).toMatch(
      /reference loop in macro '[ab]'/,
    );
  });

  it('fail the load when they are broken, even unused', () => {
    expect(resolved([macro('m', 'web.path =')], 'web.path = a')).toMatch(/^LOAD_ERR_COMPILE_CONDITION/);
    expect(resolved([macro('m', 'nobody')], 'web.path = a')).toMatch(/^LOAD_ERR_VALIDATE/);
  });

  it('may hold fields that only other sources have, until a rule of this source uses them', () => {
    expect(resolved([macro('m', 'ka.verb = get')], 'web.path = a')).toBe('web.path = a');
    expect(resolved([macro('m', 'ka.verb = get')], 'm')).toMatch(/nonexistent field ka.verb/);
  });

  it('are joined by a blank when appended to, and precedence applies to the whole', () => {
    const appended = '- macro: m\n  condition: or web.path = b and web.status = 1\n  override: {condition: append}\n';
    expect(resolved([macro('m', 'web.path = a'), appended], 'm')).toBe(
      '(web.path = a or (web.path = b and web.status = 1))',
    );
  });

  it('are reported when unused or misnamed', () => {
    const codes = warningsOf(loadTexts([macro('m-x', 'web.path = a')])).map(({ code }) => code);
    expect(codes).toEqual(['LOAD_INVALID_MACRO_NAME', 'LOAD_UNUSED_MACRO']);
  });

  it('cannot grow without bound by naming each other twice', () => {
    expect(errorsOf(loadTexts([doubling(12).join('')]))).toEqual([]);
    expect(errorsOf(loadTexts([doubling(60).join('')]))[0]?.message).toContain(`grows beyond ${maxNodes} nodes`);
  });

  it('cannot nest without bound by wrapping each other', () => {
    expect(errorsOf(loadTexts([wrapping(400)]))).toEqual([]);
    expect(errorsOf(loadTexts([wrapping(1100)]))[0]?.message).toContain(`grows beyond ${maxDepth} levels`);
  });
});
