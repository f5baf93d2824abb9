import type { Operand, Test, Value } from './checked.ts';

/**
 * Texts that are equal exactly when two values or tests mean the same, so that rules can share work. Every
 * free text in them is quoted.
 */
export function keyOfValue(value: Value): string {
  switch (value.kind) {
    case 'field':
      return `${value.field.name}${value.arg === undefined ? '' : `[${quote(value.arg)}]`}`;
    case 'literal':
      return quote(value.text);
    case 'list':
    case 'concat':
      return `${value.kind}(${value.items.map(keyOfValue).join(',')})`;
    case 'join':
      return `join(${keyOfValue(value.separator)},${keyOfValue(value.of)})`;
    case 'getopt': {
      const option = value.option === undefined ? '' : `[${quote(value.option)}]`;
      return `getopt(${keyOfValue(value.of)},${keyOfValue(value.optstring)})${option}`;
    }
    case 'map':
      return `${value.map}(${keyOfValue(value.of)})`;
    case 'length':
    case 'first':
    case 'cut':
    case 'nul-ended':
    case 'memory':
    case 'digits':
    case 'address':
      return `${value.kind}(${keyOfValue(value.of)})`;
  }
}

export function keyOfTest(test: Test): string {
  switch (test.kind) {
    case 'always':
    case 'never':
      return test.kind;
    case 'compare':
      return `${test.relation} ${keyOfOperand(test.operand)}`;
    case 'text':
      return `${test.relation} ${quote(test.text)}`;
    case 'glob':
      return `${test.glob.fold ? 'iglob' : 'glob'} ${quote(test.pattern)}`;
    case 'regex':
      return `regex ${quote(test.pattern)}`;
    case 'paths':
      return `paths ${quote(test.paths)}`;
    case 'member':
    case 'subset':
    case 'overlap':
      return `${test.kind}(${test.operands.map(keyOfOperand).join(',')})`;
    case 'modified':
      return `${test.modifier}(${test.tests.map(keyOfTest).join(',')})`;
    case 'right':
      return `${test.relation} value ${keyOfValue(test.right)}`;
  }
}

function keyOfOperand(operand: Operand): string {
  if (typeof operand === 'bigint') return `${operand}n`;
  if (typeof operand !== 'object') return quote(operand);
  return operand.family === 4
    ? `net4(${operand.base},${operand.mask})`
    : `net6(${quote(operand.base)},${operand.groups},${operand.mask})`;
}

function quote(value: string | number | boolean | readonly string[]): string {
  return JSON.stringify(value);
}
