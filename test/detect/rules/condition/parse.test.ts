import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxNesting } from '../../../../src/detect/rules/condition/parse-field.ts';
import {
  longestFieldExpression,
  parseCondition,
  parseFieldExpression,
} from '../../../../src/detect/rules/condition/parse.ts';
import { printExpr, printFieldExpr } from '../../../../src/detect/rules/condition/print.ts';

interface Expectation {
  readonly parse: 'ok' | 'error';
  readonly canonical?: string;
  readonly message?: string;
  readonly at?: string;
}
interface Case {
  readonly name: string;
  readonly condition: string;
  readonly expect: Expectation;
  readonly expect_0_44_1?: Expectation;
}

const conformance = '../shared/conformance/parser.json';
const present = existsSync(conformance);
const cases: Case[] = present ? JSON.parse(readFileSync(conformance, 'utf8')) : [];

/** We follow Falco 0.44.1: where the data says that it differs from later builds, its answer is the one expected. */
const expectation = (test: Case): Expectation => test.expect_0_44_1 ?? test.expect;

function canonical(condition: string): string {
  const parsed = parseCondition(condition);
  return parsed.ok ? printExpr(parsed.expr) : `error: ${parsed.message}`;
}

describe.skipIf(!present)('parser conformance (skipped: ../shared is not here)', () => {
  it.each(cases)('$name: $condition', (test) => {
    const expected = expectation(test);
    const parsed = parseCondition(test.condition);
    if (expected.parse === 'ok') {
      expect(parsed.ok ? printExpr(parsed.expr) : parsed.message).toBe(expected.canonical);
      return;
    }
    if (parsed.ok) return expect.fail(`parsed as ${printExpr(parsed.expr)}`);
    expect(parsed.message).toBe(expected.message);
    const { index, line, column } = parsed.at;
    if (expected.at) expect(`index ${index}, line ${line}, column ${column}`).toBe(expected.at);
  });

  const accepted = cases.filter(
    (test) => expectation(test).parse === 'ok' && !/parse_position_info|parse_str|own probe/.test(test.name),
  );
  it.each(accepted.filter((test) => /parser\./.test(test.name)))('$name with other blanks', ({ condition }) => {
    for (const blank of [' ', '\n', '\t']) {
      const variant = `${blank}${condition.replaceAll(' ', blank)}${blank}`;
      expect(parseCondition(variant).ok, JSON.stringify(variant)).toBe(true);
    }
  });
});

describe('parseCondition', () => {
  it('gives every node the offsets of its text', () => {
    const text = 'not (a.b = x or tolower( c.d[k] )  in (1, "2"))  and m';
    const parsed = parseCondition(text);
    if (!parsed.ok) return expect.fail(parsed.message);
    const seen: string[] = [];
    JSON.stringify(parsed.expr, (_, value) => {
      if (value?.kind) seen.push(`${value.kind}: ${text.slice(value.start, value.end)}`);
      return value;
    });
    expect(seen).toEqual([
      `and: ${text}`,
      'not: not (a.b = x or tolower( c.d[k] )  in (1, "2"))',
      'or: a.b = x or tolower( c.d[k] )  in (1, "2")',
      'check: a.b = x',
      'field: a.b',
      'constant: x',
      'check: tolower( c.d[k] )  in (1, "2")',
      'transformer: tolower( c.d[k] )',
      'field: c.d[k]',
      'list: (1, "2")',
      'constant: 1',
      'constant: "2"',
      'macro: m',
    ]);
  });

  it('says where an error is, over several lines', () => {
    const parsed = parseCondition('a.b = x\r\n  and c.d > y');
    expect(parsed).toMatchObject({ ok: false, at: { index: 21, line: 3, column: 13 } });
  });

  it('reads what Falco 0.44.1 reads: \\xHH is an error', () => {
    expect(canonical("a.b = '\\x41'")).toBe('error: unsupported string escape sequence: \\x');
  });

  it('prints a NUL as it stands', () => {
    expect(canonical('a.b = a\0b')).toBe('a.b = a\0b');
  });

  it('swallows a bad escape in the first element of a list and nowhere else, as Falco', () => {
    expect(canonical("a.b in ('a\\q')")).toBe('a.b in ()');
    expect(canonical("a.b in (x, 'a\\q')")).toBe('error: unsupported string escape sequence: \\q');
    expect(canonical("a.b in ('a\\q', x)")).toBe("error: expected a ')' token");
  });

  it.each([
    ['parentheses', (n: number) => `${'('.repeat(n)}a${')'.repeat(n)}`],
    ['negations', (n: number) => `${'not('.repeat(n)}a${')'.repeat(n)}`],
    ['transformers', (n: number) => `${'len('.repeat(n)}a.b${')'.repeat(n)} exists`],
  ])('takes %s nested to the limit and refuses one more', (_, nest) => {
    expect(parseCondition(nest(maxNesting)).ok).toBe(true);
    expect(parseCondition(nest(maxNesting + 1))).toMatchObject({
      ok: false,
      message: `nested deeper than ${maxNesting} levels`,
    });
    expect(parseCondition(nest(100_000)).ok).toBe(false);
  });

  it('takes very long flat conditions', () => {
    const long = Array.from({ length: 20_000 }, (_, n) => `a.b = ${n}`).join(' or ');
    expect(parseCondition(long).ok).toBe(true);
    expect(parseCondition(`${'not '.repeat(50_001)}a`)).toMatchObject({ ok: true, expr: { kind: 'not' } });
    expect(parseCondition('a'.repeat(200_000)).ok).toBe(true);
    expect(parseCondition(`a.b = '${'x'.repeat(200_000)}`).ok).toBe(false);
  });

  const words = 'a.b m and or not ( ) = != in exists , " \' \\ [ ] > 5 tolower( join( val( anyof contains x regex';
  const word = fc.constantFrom(...words.split(' '), 'getopt(', ' ', '\n', '\0', 'é', '😀');

  it('never throws, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
      fc.array(word, { maxLength: 40 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (condition) => {
        const parsed = parseCondition(condition);
        if (!parsed.ok) expect(parsed.at.index).toBeLessThanOrEqual(condition.length);
      }),
    );
  });

  it('reads back what it prints', () => {
    const value = fc
      .string({ unit: fc.constantFrom(...'a b " \' \\ = / * ? . é'.split(' '), ' ', '\t', '\n') })
      .filter((text) => text !== '' && !text.endsWith('\\'));
    const quoted = value.map(
      (text) => `"${text.replace(/[\\"]/g, '\\$&').replace(/\t/g, '\\t').replace(/\n/g, '\\n')}"`,
    );
    const leaf = fc.oneof(
      fc.constantFrom('m', 'a.b exists', 'a.b > 5', 'tolower(a.b) in (x, y)', 'a.b = val(c.d[k])', 'a.b = oneof'),
      quoted.map((text) => `a.b = ${text}`),
      quoted.map((text) => `a.b contains anyof (x, ${text})`),
      quoted.map((text) => `a.b[${text}] startswith x`),
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        tie('tree').map((child) => `not (${child})`),
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => `(${left}) and ${right}`),
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => `${left} or(${right})`),
      ),
    }));
    fc.assert(
      fc.property(tree, (condition) => {
        const once = canonical(condition);
        fc.pre(!once.includes('not not '));
        expect(canonical(once)).toBe(once);
      }),
    );
  });
});

function read(text: string, start = 0): string | undefined {
  const parsed = parseFieldExpression(text, start);
  return parsed && `${printFieldExpr(parsed.expr)} | ${text.slice(parsed.end)}`;
}

function known(text: string): { value: string; end: number } | undefined {
  return longestFieldExpression(text, 0, (expr) =>
    expr.kind === 'field' && ['t.num', 't.key'].includes(expr.name) ? printFieldExpr(expr) : undefined,
  );
}

describe('field expressions in outputs', () => {
  it('stop where the field ends', () => {
    expect(read('a %t.num, b', 3)).toBe('t.num | , b');
    expect(read('t.key[k].')).toBe('t.key[k] | .');
    expect(read('tolower( t.str )x')).toBe('tolower(t.str) | x');
    expect(read("getopt(t.list, 'a:')[a]b")).toBe('getopt(t.list,a:)[a] | b');
  });

  it('do not begin with a word, a blank, a quote or val()', () => {
    for (const text of ['word', ' t.num', '"t.num"', 'val(t.num)', '']) expect(read(text)).toBeUndefined();
  });

  it('shrink until a field of that name is known', () => {
    expect(known('t.numfoo bar')).toEqual({ value: 't.num', end: 5 });
    expect(known('t.num.')).toEqual({ value: 't.num', end: 5 });
    expect(known('t.key[a b]')).toEqual({ value: 't.key', end: 5 });
    expect(known('t.nope')).toBeUndefined();
  });
});
