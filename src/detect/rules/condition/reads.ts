import type { FieldRead, Leaf, Test, Value } from './checked.ts';

/** The fields that the value is made of, in order; one that is used twice comes twice. */
export function readsOfValue(value: Value): readonly FieldRead[] {
  switch (value.kind) {
    case 'field':
      return [value];
    case 'literal':
      return [];
    case 'list':
    case 'concat':
      return value.items.flatMap(readsOfValue);
    case 'join':
      return [value.separator, value.of].flatMap(readsOfValue);
    case 'getopt':
      return [value.of, value.optstring].flatMap(readsOfValue);
    case 'map':
    case 'length':
    case 'first':
    case 'cut':
    case 'nul-ended':
    case 'memory':
    case 'digits':
    case 'address':
      return readsOfValue(value.of);
  }
}

/** Those of a check: its value's, and what that is compared with. */
export function readsOfLeaf({ value, test }: Leaf): readonly FieldRead[] {
  return [...readsOfValue(value), ...readsOfTest(test)];
}

function readsOfTest(test: Test): readonly FieldRead[] {
  if (test.kind === 'right') return readsOfValue(test.right);
  return test.kind === 'modified' ? test.tests.flatMap(readsOfTest) : [];
}
