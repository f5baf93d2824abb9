import type { EventValue } from '../../formats/format.ts';
import { isWithin, parseAddress } from './address.ts';
import type { CheckedCondition, FieldRead, Operand, Test, TextRelation, Value } from './checked.ts';
import { compileGlob, foldCase, matchesGlob } from './glob.ts';
import { matchesPaths } from './pmatch.ts';
import { bytesInMemory, cutAtNul, getOption, getOptions, stringMaps } from './transform.ts';

/** The value of a field for the event at hand; undefined is "no value", as an empty list is. */
export type FieldReader = (read: FieldRead) => EventValue | undefined;

/**
 * The meaning of a checked condition, written to be read: `emit.ts` generates fast code and is tested against this.
 * Also runs `explain`.
 */
export function interpret(condition: CheckedCondition, read: FieldReader): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.children.every((child) => interpret(child, read));
    case 'or':
      return condition.children.some((child) => interpret(child, read));
    case 'not':
      return !interpret(condition.child, read);
    case 'constant':
      return condition.value;
    case 'leaf': {
      const value = evaluate(condition.value, read);
      return value !== undefined && holds(condition.test, value, read);
    }
  }
}

export function evaluate(value: Value, read: FieldReader): EventValue | undefined {
  switch (value.kind) {
    case 'field':
      return read(value);
    case 'literal':
      return value.text;
    case 'list': {
      const items = value.items.map((item) => evaluate(item, read));
      return items.includes(undefined) ? undefined : items.flat().filter((item) => item !== undefined);
    }
    case 'map': {
      const of = evaluate(value.of, read);
      if (typeof of === 'string') return stringMaps[value.map](of);
      if (of === undefined) return undefined;
      const mapped = strings(of).map((text) => stringMaps[value.map](withoutNuls(text)));
      return mapped.includes(undefined) ? undefined : mapped.map((text) => `${text}\0`);
    }
    case 'length': {
      const of = evaluate(value.of, read);
      return typeof of === 'string' || Array.isArray(of) ? of.length : undefined;
    }
    case 'first': {
      const of = evaluate(value.of, read);
      return of === undefined ? undefined : strings(of)[0];
    }
    case 'join': {
      const separator = evaluate(value.separator, read);
      const of = evaluate(value.of, read);
      if (typeof separator !== 'string' || of === undefined) return undefined;
      return strings(of).map(cutAtNul).join(separator);
    }
    case 'concat': {
      const items = value.items.map((item) => evaluate(item, read));
      return items.includes(undefined) ? undefined : items.join('');
    }
    case 'getopt': {
      const optstring = evaluate(value.optstring, read);
      const of = evaluate(value.of, read);
      if (typeof optstring !== 'string' || of === undefined) return undefined;
      if (value.option === undefined) return getOptions(strings(of), optstring);
      return getOption(strings(of), optstring, value.option);
    }
    case 'cut': {
      const of = evaluate(value.of, read);
      return typeof of === 'string' ? cutAtNul(of) : undefined;
    }
    case 'nul-ended': {
      const of = evaluate(value.of, read);
      return typeof of === 'string' ? `${of}\0` : undefined;
    }
    case 'memory': {
      const of = evaluate(value.of, read);
      if (of === undefined) return undefined;
      return Array.isArray(of) ? of.map(bytesInMemory) : bytesInMemory(of);
    }
    case 'digits': {
      const of = evaluate(value.of, read);
      return of === undefined ? undefined : String(of);
    }
    case 'address': {
      const of = evaluate(value.of, read);
      if (typeof of === 'string') return parseAddress(of);
      if (of === undefined) return undefined;
      const addresses = strings(of).map(parseAddress);
      return addresses.includes(undefined) ? undefined : addresses.filter((address) => address !== undefined);
    }
  }
}

function strings(list: EventValue): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

function withoutNuls(text: string): string {
  return text.replace(/\0+$/, '');
}

/** Whether a present value passes a test. */
export function holds(test: Test, value: EventValue, read: FieldReader): boolean {
  switch (test.kind) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'compare':
      return compares(test.relation, value, test.operand);
    case 'text':
      return textHolds(test.relation, value, test.text);
    case 'glob':
      return typeof value === 'string' && matchesGlob(test.glob, value);
    case 'regex':
      return typeof value === 'string' && test.regex.matches(value);
    case 'paths':
      return typeof value === 'string' && matchesPaths(test.tree, value);
    case 'member':
      return test.operands.some((operand) => equals(value, operand));
    case 'subset':
      return Array.isArray(value) && value.every((item) => test.operands.some((operand) => equals(item, operand)));
    case 'overlap':
      return Array.isArray(value) && value.some((item) => test.operands.some((operand) => equals(item, operand)));
    case 'modified': {
      const { modifier, tests } = test;
      if (modifier === 'oneof') return tests.filter((one) => holds(one, value, read)).length === 1;
      if (modifier === 'anyof') return tests.some((one) => holds(one, value, read));
      return tests.length > 0 && tests.every((one) => holds(one, value, read));
    }
    case 'right': {
      const right = evaluate(test.right, read);
      return right !== undefined && relates(test.relation, value, right);
    }
  }
}

/** A pattern out of an event is written by whoever sends requests; a longer one matches nothing. */
const maxEventPattern = 1024;

function relates(relation: (Test & { kind: 'right' })['relation'], value: EventValue, right: EventValue): boolean {
  switch (relation) {
    case 'subset':
      return Array.isArray(value) && Array.isArray(right) && value.every((item) => right.includes(item));
    case 'overlap':
      return Array.isArray(value) && Array.isArray(right) && value.some((item) => right.includes(item));
    case 'glob':
    case 'iglob': {
      if (typeof right !== 'string' || typeof value !== 'string' || right.length > maxEventPattern) return false;
      const glob = compileGlob(right, relation === 'iglob');
      return glob !== undefined && matchesGlob(glob, value);
    }
    case 'icontains':
      return typeof right === 'string' && textHolds(relation, value, foldCase(right));
    case 'contains':
    case 'startswith':
    case 'endswith':
      return typeof right === 'string' && textHolds(relation, value, right);
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return !Array.isArray(right) && compares(relation, value, right as Operand);
  }
}

function textHolds(relation: TextRelation, value: EventValue, text: string): boolean {
  if (typeof value !== 'string') return false;
  switch (relation) {
    case 'contains':
      return value.includes(text);
    case 'icontains':
      return folded(value).includes(text);
    case 'startswith':
      return value.startsWith(text);
    case 'endswith':
      return value.endsWith(text);
  }
}

// A text is asked for one literal after the other.
let lastText = '';
let lastFolded = '';

function folded(text: string): string {
  if (text !== lastText) {
    lastFolded = foldCase(text);
    lastText = text;
  }
  return lastFolded;
}

function equals(value: EventValue, operand: Operand): boolean {
  if (typeof operand !== 'object') return value === operand;
  return (typeof value === 'string' || typeof value === 'number') && isWithin(value, operand);
}

function compares(relation: '=' | '!=' | '<' | '<=' | '>' | '>=', value: EventValue, operand: Operand): boolean {
  switch (relation) {
    case '=':
      return equals(value, operand);
    case '!=':
      return !equals(value, operand);
    case '<':
      return value < operand;
    case '<=':
      return value <= operand;
    case '>':
      return value > operand;
    case '>=':
      return value >= operand;
  }
}
