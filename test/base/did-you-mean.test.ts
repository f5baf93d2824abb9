import { expect, test } from 'vitest';
import { didYouMean, nearest } from '../../src/base/did-you-mean.ts';

test('one or two slips are forgiven, in any case', () => {
  const known = ['outputs', 'sources', 'rules_files', 'kind'];
  expect(nearest('ouput', known)).toBe('outputs');
  expect(nearest('rule_files', known)).toBe('rules_files');
  expect(nearest('KIND', known)).toBe('kind');
  expect(nearest('Kimd', known)).toBe('kind');
  expect(nearest('knid', known)).toBe('kind');
});

test('a word that is far from all is nobody', () => {
  expect(nearest('frobnicate', ['outputs', 'kind'])).toBeUndefined();
  expect(nearest('ab', ['xy'])).toBeUndefined();
});

test('the nearest of several wins', () => {
  expect(nearest('store', ['stores', 'state', 'store1x'])).toBe('stores');
});

test('the hint ends a message', () => {
  expect(`unknown key "ouputs"${didYouMean('ouputs', ['outputs'])}`).toBe(
    'unknown key "ouputs"; did you mean "outputs"?',
  );
  expect(didYouMean('zzz', ['outputs'])).toBe('');
});
