import { describe, expect, it } from 'vitest';
import {
  type CheckedResult,
  checkCondition,
  checkFieldExpression,
  maxChecks,
  maxDepth,
} from '../../../../src/detect/rules/condition/check.ts';
import { FieldTable } from '../../../../src/detect/rules/condition/field-table.ts';
import type { ConditionFinding } from '../../../../src/detect/rules/condition/finding.ts';
import { parseCondition, parseFieldExpression } from '../../../../src/detect/rules/condition/parse.ts';

const table = new FieldTable([
  { name: 'a.str', type: 'string', about: '' },
  { name: 'a.num', type: 'uint64', about: '' },
  { name: 'a.ip', type: 'ipaddr', about: '' },
  { name: 'a.net', type: 'ipnet', about: '' },
  { name: 'a.list', type: 'string', list: true, about: '' },
  { name: 'a.nums', type: 'uint64', list: true, about: '' },
  { name: 'a.key', type: 'string', arg: { required: true, index: false, key: true }, about: '' },
  { name: 'a.idx', type: 'string', arg: { required: true, index: true, key: false }, about: '' },
  { name: 'a.enum', type: 'string', about: '', values: { noun: 'event type', known: new Set(['b', 'c']) } },
  { name: 'ka.verb', type: 'string', about: '' },
  { name: 'a.buf', type: 'bytebuf', about: '' },
]);

function check(text: string): CheckedResult {
  const parsed = parseCondition(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return checkCondition(parsed.expr, table);
}

/** The messages with the text that each is about. */
function shown(text: string, findings: readonly ConditionFinding[]): string[] {
  return findings.map(({ message, at }) => `${message} | ${text.slice(at.start, at.end)}`);
}

function error(text: string): string | undefined {
  return shown(text, check(text).errors)[0];
}

describe('checkCondition', () => {
  it.each([
    ['x.y = 1 and a.str = b', 'filter_check called with nonexistent field x.y | x.y'],
    ['a.str = b or a.key = x', "filter 'a.key': a.key requires an argument but none provided | a.key"],
    ['a.key.k = x', "filter 'a.key.k': a.key requires an argument but none provided | a.key.k"],
    ['a.keyx[k] = x', 'filter_check called with nonexistent field a.keyx[k] | a.keyx[k]'],
    ["a.key['a b'] = x", "filter 'a.key[a': a.key has unbalanced argument brackets | a.key['a b']"],
    ['a.num in (1, 2x, 3)', '2x is not a valid number | 2x'],
    ['a.num contains 1', "filter error: 'contains' operator not supported for numeric filters | a.num contains 1"],
    ['a.str bcontains 61', "filter error: 'bcontains' operator not supported for string filters | a.str bcontains 61"],
    ['a.buf icontains a', "filter error: 'icontains' operator not supported for buffer filters | a.buf icontains a"],
    ['a.buf bcontains 616', 'filter error: bcontains and bstartswith operator support hex strings only | 616'],
    [
      'a.buf bstartswith anyof (61, g1)',
      'filter error: bcontains and bstartswith operator support hex strings only | g1',
    ],
    [
      'a.buf = val(a.str)',
      "field 'a.buf' has type 'BYTEBUF' while the right-hand side field 'a.str' has incompatible type 'CHARBUF' | val(a.str)",
    ],
    ["concat(a.buf, 'x') = x", "concat() arguments must be strings | concat(a.buf, 'x')"],
    ['a.enum in (b, d, c)', 'unknown event type d | d'],
    ['a.enum startswith ab', 'unknown event type ab | ab'],
    ['a.enum in (b, c) and tolower(a.enum) = d and a.enum = e', 'unknown event type e | e'],
    ["a.str regex anyof (a, '[')", "invalid regex pattern: missing ]: [ | '['"],
    ['evt.num[1] = 1', 'filter_check called with nonexistent field evt.num[1] | evt.num[1]'],
    ['a_macro', "filter error: unexpected identifier 'a_macro' | a_macro"],
    [
      'a.str = val(a.num)',
      "field 'a.str' has type 'CHARBUF' while the right-hand side field 'a.num' has incompatible type 'UINT64' | val(a.num)",
    ],
    [
      'tolower(a.num) = x',
      "can't add field transformer: type 'UINT64' is not supported by 'tolower' transformer applied on field 'a.num' | tolower(a.num)",
    ],
  ])('%s: %s', (text, message) => {
    expect(error(text)).toBe(message);
    expect(check(text).errors.map(({ code }) => code)).toEqual(['LOAD_ERR_COMPILE_CONDITION']);
  });

  it('takes constants of 255 bytes and none longer', () => {
    expect(error(`a.buf bcontains ${'61'.repeat(255)}`)).toBeUndefined();
    expect(error(`a.buf bcontains ${'61'.repeat(256)}`)).toMatch(/^filter parameter too long/);
    expect(error(`a.str = ${'é'.repeat(127)}a`)).toBeUndefined();
    expect(error(`a.str = ${'é'.repeat(128)}`)).toMatch(/^filter parameter too long \(used=257, available=256\)/);
  });

  it('reads the bytes that buffers are searched for', () => {
    expect(check('a.buf bcontains 61fF').condition).toMatchObject({
      test: { kind: 'text', relation: 'contains', text: 'a\xff' },
    });
    expect(check("a.buf bstartswith ''").condition).toMatchObject({
      test: { kind: 'text', relation: 'startswith', text: '' },
    });
    expect(check('a.buf bcontains val(a.buf)').condition).toMatchObject({
      test: { kind: 'right', relation: 'contains' },
    });
    expect(check('len(a.buf) > 2').condition).toMatchObject({ value: { kind: 'length', type: 'uint64' } });
  });

  it('takes indexes of 64 bits and none longer', () => {
    expect(error('a.idx[18446744073709551615] = x')).toBeUndefined();
    expect(error('a.idx[18446744073709551616] = x')).toMatch(/not representable on 64 bit/);
  });

  it('suspects constants that look like fields, transformers and needless regexes, each at its place', () => {
    const text = "a.str in (b, 'a.num', 'tolower(a. str)') and a.str regex 'abc.*'";
    const { warnings } = check(text);
    expect(warnings.map(({ code }) => code)).toEqual(Array(3).fill('LOAD_COMPILE_CONDITION'));
    expect(shown(text, warnings)).toEqual([
      "'a.num' may be a valid field misused as a const string value | 'a.num'",
      "'tolower(a. str)' may be a valid field transformer misused as a const string value | 'tolower(a. str)'",
      "regex check with 'abc.*' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith' | 'abc.*'",
    ]);
  });

  it('warns of <NA> once, for the fields that Falco calls unsafe', () => {
    expect(check('ka.verb = <NA> or ka.verb in (x, <NA>)').warnings.map(({ code }) => code)).toEqual([
      'LOAD_UNSAFE_NA_CHECK',
    ]);
    expect(check('tolower(ka.verb) = <NA>').warnings).toHaveLength(1);
    const { errors, warnings } = check("ka.verb = <NA> or a.str = 'a.num' or x.y = 1");
    expect([...errors, ...warnings].map(({ code }) => code)).toEqual([
      'LOAD_ERR_COMPILE_CONDITION',
      'LOAD_UNSAFE_NA_CHECK',
    ]);
    expect(check('a.str = <NA> or ka.verb contains <NA> or ka.verb = anyof (<NA>)').warnings).toEqual([]);
  });

  it.each([
    ['toupper(a.list) in (A)', 'FALCO_BUG_LIST_TRANSFORMER'],
    ['a.list in tolower(a.list)', 'FALCO_BUG_LIST_TRANSFORMER'],
    ['a.str in tolower(a.str)', 'FALCO_BUG_RIGHT_TRANSFORMER'],
    ['a.net = anyof (10.0.0.0/8)', 'FALCO_BUG_NETWORK_MODIFIER'],
    ['a.net != allof (10.0.0.0/8)', 'FALCO_BUG_NETWORK_MODIFIER'],
    ['a.str pmatch (/a*/b, /*/c)', 'FALCO_BUG_PMATCH_GLOBS'],
    ["join('-', (a.num)) exists", 'FALCO_BUG_JOIN_MEMORY'],
    ["len(getopt(a.list, 'n')) > 0", 'FALCO_BUG_GETOPT_LENGTH'],
    ["join('-', a.nums) = a", 'FALCO_BUG_VALUE_AS_TEXT'],
    ["concat(len(a.str), 'x') = a", 'FALCO_BUG_VALUE_AS_TEXT'],
    ["concat(a.str, 'x') in val(a.str)", 'FALCO_BUG_RIGHT_FIELD'],
    ["concat(a.str, 'x') = val(a.num)", 'FALCO_BUG_RIGHT_FIELD'],
  ])('names what Falco gets wrong: %s', (text, code) => {
    expect(check(text).hazards.map((hazard) => hazard.code)).toEqual([code]);
    expect(check(text).errors).toEqual([]);
  });

  it.each([
    'concat(len(a.str), x.y) = a',
    "concat(len(a.list), 'x') = a",
    "concat(a.num, 'x') = a",
    "join(len(a.list), ('a', 'b')) = a",
    "join('-', getopt(a.list, 'n')) = a",
    "join('-', a.str) = a",
    'tolower(a.str, a.str) = a',
  ])('refuses arguments of other types: %s', (text) => {
    expect(check(text).errors).toHaveLength(1);
  });

  it('refuses what macros expand without end', () => {
    let expr = check('a.str = x').errors.length === 0 ? parseCondition('a.str = x') : undefined;
    if (!expr?.ok) return expect.fail();
    let tree = expr.expr;
    for (let n = 0; n < 40; n++) tree = { kind: 'or', children: [tree, tree], start: 0, end: 0 };
    expect(checkCondition(tree, table).errors[0]?.message).toBe(`condition has more than ${maxChecks} checks`);
    for (let n = 0; n < 5000; n++) tree = { kind: 'not', child: tree, start: 0, end: 0 };
    expect(checkCondition(tree, table).errors[0]?.message).toBe(`condition is nested deeper than ${maxDepth} levels`);
  });
});

function checkedField(text: string): ReturnType<typeof checkFieldExpression> | undefined {
  const parsed = parseFieldExpression(text, 0);
  return parsed && checkFieldExpression(parsed.expr, table);
}

describe('checkFieldExpression', () => {
  it('gives the value of an output field, or says what is wrong', () => {
    expect(checkedField('a.key[k]')).toMatchObject({ ok: true, value: { kind: 'field', arg: 'k', type: 'string' } });
    expect(checkedField('len(a.list)')).toMatchObject({ ok: true, value: { type: 'uint64', list: false } });
    expect(checkedField('a.nope')).toMatchObject({
      ok: false,
      message: 'filter_check called with nonexistent field a.nope',
    });
  });
});
