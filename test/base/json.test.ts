import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, stringifyJson } from '../../src/base/json.ts';

test('an integer of 19 digits keeps all of them, there and back', () => {
  const text = '{"evt.time":1795216177029160001,"small":7,"float":1.5,"exponent":1e300}';
  expect(parseJson(text)).toEqual({ 'evt.time': 1795216177029160001n, small: 7, float: 1.5, exponent: 1e300 });
  expect(stringifyJson(parseJson(text))).toBe(
    '{"evt.time":1795216177029160001,"small":7,"float":1.5,"exponent":1e+300}',
  );
});

test('the largest safe integer is a number, the next one a bigint', () => {
  expect(parseJson('[9007199254740991,9007199254740992,-9007199254740991,-9007199254740992]')).toEqual([
    9007199254740991,
    9007199254740992n,
    -9007199254740991,
    -9007199254740992n,
  ]);
});

test('digits inside a string stay text', () => {
  expect(parseJson('["1795216177029160001"]')).toEqual(['1795216177029160001']);
});

test('a number too large for a double survives', () => {
  expect(parseJson(stringifyJson(parseJson('[1e400,-1e400,-0]')))).toEqual([
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
  ]);
});

test('what is not JSON throws', () => {
  expect(() => parseJson('{"a":1795216177029160001')).toThrow(SyntaxError);
  expect(() => parseJson('')).toThrow(SyntaxError);
});

test('every JSON value comes back as it was', () => {
  const big = fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }).chain((n) => fc.constantFrom(n, -n));
  const { value } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null), fc.maxSafeInteger(), big),
    value: fc.oneof(
      { maxDepth: 4 },
      tie('leaf'),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (json) => {
      expect(parseJson(stringifyJson(json))).toEqual(json);
    }),
  );
});
