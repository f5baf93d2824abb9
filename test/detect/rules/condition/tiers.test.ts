import { expect, it } from 'vitest';
import { checkCondition } from '../../../../src/detect/rules/condition/check.ts';
import { parseCondition } from '../../../../src/detect/rules/condition/parse.ts';
import { tieredRuleSet } from '../../../../src/detect/rules/condition/tiers.ts';
import { randomFormat, randomTable } from './random-conditions.ts';

const head = { num: 7, timeNs: 1n, firstTimeNs: 0n, source: 's', pluginName: 'p', summary: '', hostname: 'h' };
const texts = ['r.str contains a', 'r.num in (1, 2, 3)', 'r.gone exists or r.str icontains B', 'not r.num exists'];

it.each(['first', 'all'] as const)('says the same before and after the rules are compiled: %s', (mode) => {
  const conditions = texts.map((text) => {
    const parsed = parseCondition(text);
    if (!parsed.ok) throw new Error(parsed.message);
    return checkCondition(parsed.expr, randomTable).condition!;
  });
  const match = tieredRuleSet(conditions, randomFormat, mode);
  const events = [
    new Map(Object.entries({ 'r.str': 'abc', 'r.num': 2 })),
    new Map(Object.entries({ 'r.str': 'XBX', 'r.num': 9 })),
    new Map(Object.entries({ 'r.str': 'x' })),
    new Map(Object.entries({ 'r.num': 8 })),
  ];
  const expected = mode === 'first' ? [[0], [2], [3], []] : [[0, 1, 2], [2], [3], []];
  for (let round = 0; round < 200; round++) {
    expect(events.map((event) => match(event, head))).toEqual(expected);
  }
});
