import { describe, expect, it } from 'vitest';
import { checkCondition } from '../../../../src/detect/rules/condition/check.ts';
import type { CheckedCondition } from '../../../../src/detect/rules/condition/checked.ts';
import { explain } from '../../../../src/detect/rules/condition/explain.ts';
import { fold } from '../../../../src/detect/rules/condition/fold.ts';
import { keyOfTest, keyOfValue } from '../../../../src/detect/rules/condition/key.ts';
import { merge } from '../../../../src/detect/rules/condition/merge.ts';
import { parseCondition } from '../../../../src/detect/rules/condition/parse.ts';
import { getOption, getOptions, stringMaps } from '../../../../src/detect/rules/condition/transform.ts';
import { type EventHead, genericFields } from '../../../../src/detect/rules/generic-fields.ts';
import { randomFormat, randomTable } from './random-conditions.ts';

function checked(text: string): CheckedCondition {
  const parsed = parseCondition(text);
  const condition = parsed.ok ? checkCondition(parsed.expr, randomTable).condition : undefined;
  if (!condition) throw new Error(text);
  return condition;
}

function shown(condition: CheckedCondition): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value);
    case 'leaf':
      return `${keyOfValue(condition.value)} ${keyOfTest(condition.test)}`;
    case 'not':
      return `not ${shown(condition.child)}`;
    case 'and':
    case 'or':
      return `(${condition.children.map(shown).join(` ${condition.kind} `)})`;
  }
}

const head: EventHead = {
  num: 3,
  timeNs: 1_700_000_000_023_456_789n,
  firstTimeNs: 1_700_000_000_000_000_001n,
  source: 'r_source',
  pluginName: 'r_plugin',
  summary: 'line',
  hostname: 'host-1',
};

describe('fold', () => {
  it.each([
    ['r.gone = x', 'false'],
    ['not r.gone = x', 'true'],
    ['r.gone = x and r.num = 1', 'false'],
    ['r.gone = x or r.num = 1', 'r.num = 1'],
    ['not r.gone exists and r.num = 1', 'r.num = 1'],
    ['(r.num = 1 or r.num = 2) or r.num = 3', '(r.num = 1 or r.num = 2 or r.num = 3)'],
    ['not (not r.num = 1)', 'r.num = 1'],
    ["concat(r.str, r.gone) = x or join('', (r.str, r.gone)) = x", 'false'],
    ['r.str = val(r.gone) or r.num = 1', 'r.num = 1'],
    ['r.net = anyof (10.0.0.0/8)', 'false'],
  ])('%s is %s', (text, expected) => {
    expect(shown(fold(checked(text), (name) => !name.startsWith('r.gone')))).toBe(expected);
  });
});

describe('merge', () => {
  it.each([
    ['r.str contains a or r.num = 1 or r.str icontains B', '(r.str anyof(contains "a",icontains "b") or r.num = 1)'],
    ['r.num = 1 or r.num in (2, 3) or r.num = 4', 'r.num member(1,2,3,4)'],
    ['r.str startswith a or r.str startswith b', 'r.str anyof(startswith "a",startswith "b")'],
    ['r.str contains a or r.str2 contains a', '(r.str contains "a" or r.str2 contains "a")'],
    ['r.str contains a and r.str contains b', '(r.str contains "a" and r.str contains "b")'],
    ["r.str contains '' or r.str contains a", '(r.str contains "" or r.str contains "a")'],
  ])('%s is %s', (text, expected) => {
    expect(shown(merge(checked(text)))).toBe(expected);
  });
});

describe('explain', () => {
  const event = new Map<string, string | number>([
    ['r.str', 'GET /etc/passwd'],
    ['r.num', 200],
    ['r.ip', '10.1.2.3'],
  ]);

  it('shows the checks that made a condition hold, with what they read', () => {
    const { matched, checks } = explain(
      checked('(r.str contains nope or tolower(r.str) contains passwd or r.num = 200) and not r.ip = 10.0.0.1'),
      randomFormat,
      event,
      head,
    );
    expect(matched).toBe(true);
    expect(
      checks.map(({ check, holds, negated, value, fields }) => ({ check, holds, negated, value, fields })),
    ).toEqual([
      {
        check: 'tolower(r.str) contains passwd',
        holds: true,
        negated: false,
        value: 'get /etc/passwd',
        fields: [{ name: 'r.str', value: 'GET /etc/passwd' }],
      },
      {
        check: 'r.ip = 10.0.0.1',
        holds: false,
        negated: true,
        value: '10.1.2.3',
        fields: [{ name: 'r.ip', value: '10.1.2.3' }],
      },
    ]);
  });

  it('shows the check that made a condition fail, and what had no value', () => {
    const { matched, checks } = explain(
      checked('r.num = 200 and r.bool = true and r.num = 404'),
      randomFormat,
      event,
      head,
    );
    expect(matched).toBe(false);
    expect(checks).toMatchObject([{ check: 'r.bool = true', holds: false, fields: [{ name: 'r.bool' }] }]);
  });
});

describe('transformers', () => {
  it('decode base64 as Falco: padding optional, nothing left over', () => {
    const { b64 } = stringMaps;
    expect(b64('aGVsbG8=')).toBe('hello');
    expect(b64('aGVsbG8')).toBe('hello');
    expect(b64('')).toBe('');
    for (const bad of ['=', '==', 'a', 'aGVsbG9', 'a===', 'aG Vs', 'aGVs\n', 'aG-_', 'YWJj===='])
      expect(b64(bad), bad).toBeUndefined();
    expect(b64('YQBiAAA=')).toBe('a\0b');
  });

  it('map ASCII letters only', () => {
    expect(stringMaps.toupper('aé\xe9z')).toBe('Aé\xe9Z');
    expect(stringMaps.basename('/a/')).toBe('');
    expect(stringMaps.basename('a')).toBe('a');
  });

  it('read options as getopt', () => {
    expect(getOptions(['-nt', 'v', '-x', '--long', '-t', 'rest'], 'nt:')).toEqual(['n', 't', 'v', '?', 't', 'rest']);
    expect(getOptions(['-n', '--', '-t'], 'nt')).toEqual(['n']);
    expect(getOptions(['-t'], ':t:')).toEqual(['']);
    expect(getOption(['-t', 'a', '-tb'], 't:', 't')).toBe('b');
    expect(getOption(['-n'], 'nt:', 't')).toBeUndefined();
  });
});

describe('generic fields', () => {
  const read = new Map(genericFields.map((field) => [field.name, field]));

  it('tell times as texts to compare and as nanoseconds in JSON', () => {
    expect(read.get('evt.time.iso8601')?.read(head)).toBe('2023-11-14T22:13:20.023456789+0000');
    expect(read.get('evt.time')?.read(head)).toMatch(/^\d\d:\d\d:20\.023456789$/);
    expect(read.get('evt.datetime.s')?.read(head)).toMatch(/^2023-11-1\d \d\d:\d\d:20$/);
    expect(read.get('evt.time')?.json?.(head)).toBe(1_700_000_000_023_456_789n);
    expect(read.get('evt.rawtime.s')?.read(head)).toBe(1_700_000_000);
    expect(read.get('evt.rawtime.ns')?.text?.(head)).toBe('023456789');
    expect(read.get('evt.reltime')?.read(head)).toBe(23_456_788);
    expect(read.get('evt.reltime')?.text?.(head)).toBe('023456788');
  });

  it('wrap the relative time of an event older than the first, as Falco', () => {
    expect(read.get('evt.reltime')?.read({ ...head, timeNs: 0n, firstTimeNs: 1n })).toBe(18_446_744_073_709_551_615n);
  });

  it('say that no event of a log is asynchronous', () => {
    expect(read.get('evt.is_async')?.read(head)).toBe(false);
    expect(read.get('evt.asynctype')?.read(head)).toBeUndefined();
  });
});
