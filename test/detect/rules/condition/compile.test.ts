import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCondition } from '../../../../src/detect/rules/condition/check.ts';
import type { CheckedCondition } from '../../../../src/detect/rules/condition/checked.ts';
import { compileCondition, compileRuleSet } from '../../../../src/detect/rules/condition/compile.ts';
import { interpret } from '../../../../src/detect/rules/condition/interpret.ts';
import { maxNesting } from '../../../../src/detect/rules/condition/parse-field.ts';
import { parseCondition } from '../../../../src/detect/rules/condition/parse.ts';
import { fieldSources, readField } from '../../../../src/detect/rules/condition/read-field.ts';
import type { EventValue } from '../../../../src/detect/formats/format.ts';
import type { EventHead } from '../../../../src/detect/rules/generic-fields.ts';
import { type RandomEvent, randomCondition, randomEvent, randomFormat, randomTable } from './random-conditions.ts';

const sources = fieldSources(randomFormat);
const head: EventHead = {
  num: 7,
  timeNs: 1_700_000_000_123_456_789n,
  firstTimeNs: 1_600_000_000_000_000_000n,
  source: 'r_source',
  pluginName: 'r_plugin',
  summary: '',
  hostname: 'host-1',
};

function checked(text: string): CheckedCondition {
  const parsed = parseCondition(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
  const { condition, errors } = checkCondition(parsed.expr, randomTable);
  if (!condition) throw new Error(`${text}: ${errors[0]?.message}`);
  return condition;
}

function interpreted(condition: CheckedCondition, event: RandomEvent): boolean {
  return interpret(condition, ({ field, arg }) => readField(sources.get(field.name), event, head, arg));
}

function compiledMatch(text: string, fields: Record<string, string | number | bigint | boolean>): boolean {
  return compileCondition(checked(text), randomFormat)(new Map(Object.entries(fields)), head);
}

describe('compiled rules', () => {
  it('match exactly where the interpreter does, whatever the conditions and events', () => {
    fc.assert(
      fc.property(
        fc.array(randomCondition, { minLength: 1, maxLength: 8 }),
        fc.array(randomEvent, { minLength: 1, maxLength: 8 }),
        (texts, events) => {
          const conditions = texts.map(checked);
          const all = compileRuleSet(conditions, randomFormat, 'all');
          const first = compileRuleSet(conditions, randomFormat, 'first');
          for (const event of events) {
            const expected = conditions.flatMap((condition, index) => (interpreted(condition, event) ? [index] : []));
            expect(all(event, head)).toEqual(expected);
            expect(first(event, head)).toEqual(expected.slice(0, 1));
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('share a result between rules without mixing events up', () => {
    const macro = '(r.str contains anyof (abc, xyz) or r.num in (1, 2, 3, 4, 5, 6))';
    const rules = compileRuleSet(
      [checked(`${macro} and r.bool = true`), checked(`not ${macro}`), checked(`${macro} and r.str contains abc`)],
      randomFormat,
      'all',
    );
    const match = (fields: Record<string, string | number | boolean>) => rules(new Map(Object.entries(fields)), head);
    expect(match({ 'r.str': 'an abc', 'r.bool': true })).toEqual([0, 2]);
    expect(match({ 'r.str': 'none', 'r.bool': true })).toEqual([1]);
    expect(match({ 'r.num': 6, 'r.bool': true })).toEqual([0]);
    expect(match({})).toEqual([1]);
  });

  it.each([
    ["join('-', r.nums) = A-B", true],
    ["len(join('-', r.nums)) = 3", true],
    ["join('-', (r.nums, 'x')) = 65-x", true],
    ["join(r.num, ('a', 'b')) = aBBb", false],
    ["join(r.num, ('a', 'b')) = aBB", true],
    ["join(tolower(r.str), ('a', 'b')) = aab", true],
    ["join('-', (r.bool, 'x')) regex '[^a-z]-x'", true],
    ["join('-', r.ips) startswith ABCD-", true],
    ["len(concat(len(r.str), 'a')) = 2", true],
    ["concat(getopt(r.list, 'n'), 'x') = nx", true],
    ["concat(tolower(getopt(r.list, 'n')), 'x') = nx", true],
    ["concat(r.str, '') in val(r.str)", false],
  ])('take the bytes of numbers for text where Falco does: %s', (text, expected) => {
    const event = new Map<string, EventValue>([
      ['r.str', 'Ab'],
      ['r.num', 0x4242],
      ['r.nums', [65, 66n]],
      ['r.bool', true],
      ['r.ips', ['65.66.67.68', '::1']],
      ['r.list', ['-n', 'x']],
    ]);
    expect(interpreted(checked(text), event)).toBe(expected);
    expect(compileCondition(checked(text), randomFormat)(event, head)).toBe(expected);
  });

  it('compare 64-bit integers whole', () => {
    expect(compiledMatch('r.num = 9007199254740993', { 'r.num': 9007199254740993n })).toBe(true);
    expect(compiledMatch('r.num = 9007199254740992', { 'r.num': 9007199254740993n })).toBe(false);
    expect(compiledMatch('r.num < -1', { 'r.num': 5 })).toBe(true);
    expect(compiledMatch('r.num in (1, 18446744073709551615)', { 'r.num': 18446744073709551615n })).toBe(true);
  });

  it('fold ASCII letters only', () => {
    const upper = Buffer.from('ÉCOLE').toString('latin1');
    expect(compiledMatch('r.str icontains cole', { 'r.str': upper })).toBe(true);
    expect(compiledMatch('r.str icontains école', { 'r.str': upper })).toBe(false);
    expect(compiledMatch('r.str icontains École', { 'r.str': upper })).toBe(true);
  });

  it('return the same empty result whenever nothing matches', () => {
    const rules = compileRuleSet([checked('r.num = 1'), checked('r.gone exists')], randomFormat, 'all');
    expect(rules(new Map(), head)).toBe(rules(new Map(), head));
    expect(compileRuleSet([], randomFormat, 'first')(new Map(), head)).toEqual([]);
  });

  it('take deep and long conditions', () => {
    const deep = `${'not (r.num = 1 and r.bool = true or '.repeat(maxNesting)}r.str = x${')'.repeat(maxNesting)}`;
    expect(compiledMatch(deep, { 'r.num': 2, 'r.str': 'x' })).toBe(true);
    const long = Array.from({ length: 5000 }, (_, n) => `r.str contains "word${n}x"`).join(' or ');
    expect(compiledMatch(long, { 'r.str': 'a word4999x' })).toBe(true);
    expect(compiledMatch(long, { 'r.str': 'a word5000x' })).toBe(false);
    const mixed = Array.from({ length: 5000 }, (_, n) => `(r.num = ${n} and not r.str = x${n})`).join(' or ');
    expect(compiledMatch(mixed, { 'r.num': 4999, 'r.str': 'y' })).toBe(true);
  });
});
