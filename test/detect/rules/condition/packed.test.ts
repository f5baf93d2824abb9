import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCondition } from '../../../../src/detect/rules/condition/check.ts';
import type { CheckedCondition } from '../../../../src/detect/rules/condition/checked.ts';
import { childrenOf } from '../../../../src/detect/rules/condition/intern.ts';
import { interpret } from '../../../../src/detect/rules/condition/interpret.ts';
import { keyOfTest, keyOfValue } from '../../../../src/detect/rules/condition/key.ts';
import { ConditionPacker, ConditionUnpacker } from '../../../../src/detect/rules/condition/packed.ts';
import { parseCondition } from '../../../../src/detect/rules/condition/parse.ts';
import { fieldSources, readField } from '../../../../src/detect/rules/condition/read-field.ts';
import type { EventHead } from '../../../../src/detect/rules/generic-fields.ts';
import { randomCondition, randomEvent, randomFormat, randomTable } from './random-conditions.ts';

const head: EventHead = {
  num: 1,
  timeNs: 1_700_000_000_000_000_000n,
  firstTimeNs: 1_700_000_000_000_000_000n,
  source: 'r_source',
  pluginName: '',
  summary: '',
  hostname: '',
};

function checked(text: string): CheckedCondition | undefined {
  const parsed = parseCondition(text);
  return parsed.ok ? checkCondition(parsed.expr, randomTable).condition : undefined;
}

function known(text: string): CheckedCondition {
  const condition = checked(text);
  if (condition === undefined) throw new Error(text);
  return condition;
}

/** Equal for conditions that mean the same, however their trees are shared. */
function shown(condition: CheckedCondition): string {
  if (condition.kind === 'constant') return String(condition.value);
  if (condition.kind === 'leaf') return `${keyOfValue(condition.value)} ${keyOfTest(condition.test)}`;
  return `${condition.kind}(${childrenOf(condition).map(shown).join(' ')})`;
}

function repacked(conditions: readonly CheckedCondition[]): readonly CheckedCondition[] {
  const packer = new ConditionPacker();
  const rows = conditions.map((condition) => packer.add(condition));
  const text = packer.text();
  const unpacker = new ConditionUnpacker(() => text, randomTable);
  return rows.map((row) => unpacker.condition(row));
}

describe('packed conditions', () => {
  it('are those that were packed, whatever they are', () => {
    const sources = fieldSources(randomFormat);
    fc.assert(
      fc.property(fc.array(randomCondition, { maxLength: 4 }), randomEvent, (texts, event) => {
        const conditions = texts.flatMap((text) => checked(text) ?? []);
        const again = repacked(conditions);
        expect(again.map(shown)).toEqual(conditions.map(shown));
        const meets = (condition: CheckedCondition): boolean =>
          interpret(condition, ({ field, arg }) => readField(sources.get(field.name), event, head, arg));
        expect(again.map(meets)).toEqual(conditions.map(meets));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    'r.num = 18446744073709551615 or r.num in (9007199254740993, 1)',
    'r.net in (10.0.0.0/8, 2001:db8::/33) or r.ip = ::1',
    'r.str regex "(a|b)*\\n" or r.str glob "[!a]*\\"" or r.str iglob "*É*" or r.str pmatch (/a/b, "/c*")',
    "join(',', (tolower(r.str), 'x', r.key['\"'])) = val(r.str2) and concat(r.str, basename(r.str2)) startswith oneof (a, b)",
    'getopt(r.list, "ab:")[b] = x or len(getopt(r.list, "a")) > 1 or r.bool = true',
    "r.list intersects val(r.list2) or not r.str exists or r.str = '\ud800'",
  ])('keep all that there is: %s', (text) => {
    const condition = known(text);
    expect(repacked([condition]).map(shown)).toEqual([shown(condition)]);
  });

  it('share what means the same, within a condition and between them', () => {
    const [one, other] = repacked([known('r.str = a and (r.num = 1 or r.num = 2)'), known('r.num = 1 or r.num = 2')]);
    expect(one === undefined ? [] : childrenOf(one)[1]).toBe(other);
  });

  it('are refused where they are too large, and taken just below', () => {
    const value = known('r.str = x');
    if (value.kind !== 'leaf') throw new Error('a check is a leaf');
    const large = (size: number): CheckedCondition => {
      return { ...value, test: { kind: 'compare', relation: '=', operand: 'x'.repeat(size) } };
    };
    const written = JSON.stringify([
      'leaf',
      { kind: 'field', name: 'r.str' },
      { kind: 'compare', relation: '=', operand: '' },
    ]).length;
    expect(() => new ConditionPacker().add(large(8_000_000 - written))).not.toThrow();
    expect(() => new ConditionPacker().add(large(8_000_001 - written))).toThrow(RangeError);
  });
});
