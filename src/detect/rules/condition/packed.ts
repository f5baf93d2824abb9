import type { FieldSpec } from '../../formats/format.ts';
import type { Modifier } from './ast.ts';
import type { CheckedCondition, FieldRead, Operand, Relation, Test, Value } from './checked.ts';
import { packGlob, type PackedGlob, unpackGlob } from './glob.ts';
import { compilePaths } from './pmatch.ts';
import { compileRegex } from './regex.ts';

/** A value with its fields by their names. */
export type PackedValue = PackedField | Repacked<Exclude<Value, FieldRead>>;

interface PackedField {
  readonly kind: 'field';
  readonly name: string;
  readonly arg?: string;
}

type Repacked<V> = V extends Value ? { readonly [K in keyof V]: RepackedPart<V[K]> } : never;
type RepackedPart<P> = P extends Value ? PackedValue : P extends readonly Value[] ? readonly PackedValue[] : P;

/** An integer beyond what JSON keeps exactly, in digits. */
interface PackedInteger {
  readonly integer: string;
}

type PackedOperand = Exclude<Operand, bigint> | PackedInteger;

type PackedTest =
  | Extract<Test, { readonly kind: 'always' | 'never' | 'text' }>
  | { readonly kind: 'compare'; readonly relation: Relation; readonly operand: PackedOperand }
  | { readonly kind: 'glob'; readonly pattern: string; readonly glob: PackedGlob }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  | { readonly kind: 'member' | 'subset' | 'overlap'; readonly operands: readonly PackedOperand[] }
  | { readonly kind: 'modified'; readonly modifier: Modifier; readonly tests: readonly PackedTest[] }
  | { readonly kind: 'right'; readonly relation: (Test & { kind: 'right' })['relation']; readonly right: PackedValue };

/** A condition; those that stand in it by their rows. */
type Row =
  | readonly ['constant', boolean]
  | readonly ['not', number]
  | readonly ['and' | 'or', ...number[]]
  | readonly ['leaf', PackedValue, PackedTest];

/** Our own rules take 100 kB. Macros in macros can make conditions many and large, which are then not worth keeping. */
const maxText = 8_000_000;

/** Makes plain values of conditions, for a later start or another thread. What means the same becomes one row. */
export class ConditionPacker {
  readonly #rows: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #known = new Map<CheckedCondition, number>();
  #written = 0;

  /** The condition's row. Throws a RangeError where there is too much. */
  add(condition: CheckedCondition): number {
    const known = this.#known.get(condition);
    if (known !== undefined) return known;
    const row = JSON.stringify(this.#row(condition));
    this.#written += row.length;
    if (this.#written > maxText) throw new RangeError('too many conditions to be kept');
    const number = this.#numbers.get(row) ?? this.#rows.push(row) - 1;
    this.#numbers.set(row, number);
    this.#known.set(condition, number);
    return number;
  }

  /** For `ConditionUnpacker`. */
  text(): string {
    return `[${this.#rows.join(',')}]`;
  }

  #row(condition: CheckedCondition): Row {
    switch (condition.kind) {
      case 'constant':
        return ['constant', condition.value];
      case 'not':
        return ['not', this.add(condition.child)];
      case 'and':
      case 'or':
        return [condition.kind, ...condition.children.map((child) => this.add(child))];
      case 'leaf':
        return ['leaf', packValue(condition.value), packTest(condition.test)];
    }
  }
}

/** The conditions again, each when it is asked for, from what `ConditionPacker` gave as a text. What they were as parsed (`Leaf.source`) is not kept. */
export class ConditionUnpacker {
  readonly #text: () => string;
  readonly #fields: FieldNames;
  readonly #conditions: CheckedCondition[] = [];
  #rows: readonly Row[] | undefined;

  constructor(text: () => string, fields: FieldNames) {
    this.#text = text;
    this.#fields = fields;
  }

  condition(number: number): CheckedCondition {
    this.#rows ??= JSON.parse(this.#text()) as readonly Row[];
    return (this.#conditions[number] ??= this.#unpacked(this.#rows[number]));
  }

  #unpacked(row: Row | undefined): CheckedCondition {
    switch (row?.[0]) {
      case 'constant':
        return { kind: 'constant', value: row[1] };
      case 'not':
        return { kind: 'not', child: this.condition(row[1]) };
      case 'and':
      case 'or': {
        const [kind, ...children] = row;
        return { kind, children: children.map((child) => this.condition(child)) };
      }
      case 'leaf':
        return { kind: 'leaf', value: unpackValue(row[1], this.#fields), test: unpackTest(row[2], this.#fields) };
      case undefined:
        throw new Error('a condition that was not kept');
    }
  }
}

/** Where fields are found by their names: a `FieldTable` of the source that the conditions were checked for. */
export interface FieldNames {
  get(name: string): FieldSpec | undefined;
}

export function packValue(value: Value): PackedValue {
  switch (value.kind) {
    case 'field':
      return { kind: 'field', name: value.field.name, ...(value.arg !== undefined && { arg: value.arg }) };
    case 'literal':
      return value;
    case 'list':
    case 'concat':
      return { ...value, items: value.items.map(packValue) };
    case 'join':
      return { ...value, separator: packValue(value.separator), of: packValue(value.of) };
    case 'getopt':
      return { ...value, of: packValue(value.of), optstring: packValue(value.optstring) };
    case 'map':
    case 'length':
    case 'first':
    case 'cut':
    case 'nul-ended':
    case 'memory':
    case 'digits':
    case 'address':
      return { ...value, of: packValue(value.of) };
  }
}

export function unpackValue(packed: PackedValue, fields: FieldNames): Value {
  const unpacked = (one: PackedValue): Value => unpackValue(one, fields);
  switch (packed.kind) {
    case 'field':
      return unpackField(packed, fields);
    case 'literal':
      return packed;
    case 'list':
    case 'concat':
      return { ...packed, items: packed.items.map(unpacked) };
    case 'join':
      return { ...packed, separator: unpacked(packed.separator), of: unpacked(packed.of) };
    case 'getopt':
      return { ...packed, of: unpacked(packed.of), optstring: unpacked(packed.optstring) };
    case 'map':
    case 'length':
    case 'first':
    case 'cut':
    case 'nul-ended':
    case 'memory':
    case 'digits':
    case 'address':
      return { ...packed, of: unpacked(packed.of) };
  }
}

function unpackField({ name, arg }: PackedField, fields: FieldNames): FieldRead {
  const field = fields.get(name);
  if (field === undefined) throw new Error(`kept rules name a field that there is not: ${name}`);
  return { kind: 'field', field, type: field.type, list: field.list === true, ...(arg !== undefined && { arg }) };
}

function packTest(test: Test): PackedTest {
  switch (test.kind) {
    case 'always':
    case 'never':
    case 'text':
      return test;
    case 'compare':
      return { ...test, operand: packOperand(test.operand) };
    case 'glob':
      return { ...test, glob: packGlob(test.glob) };
    case 'regex':
      return { kind: 'regex', pattern: test.pattern };
    case 'paths':
      return { kind: 'paths', paths: test.paths };
    case 'member':
    case 'subset':
    case 'overlap':
      return { kind: test.kind, operands: test.operands.map(packOperand) };
    case 'modified':
      return { ...test, tests: test.tests.map(packTest) };
    case 'right':
      return { ...test, right: packValue(test.right) };
  }
}

function unpackTest(packed: PackedTest, fields: FieldNames): Test {
  switch (packed.kind) {
    case 'always':
    case 'never':
    case 'text':
      return packed;
    case 'compare':
      return { ...packed, operand: unpackOperand(packed.operand) };
    case 'glob':
      return { ...packed, glob: unpackGlob(packed.glob) };
    case 'regex': {
      const { pattern } = packed;
      const compiled = compileRegex(pattern);
      if (!compiled.ok) throw new Error(`a kept regular expression is none: ${compiled.message}`);
      return { kind: 'regex', regex: compiled.regex, pattern };
    }
    case 'paths':
      return { kind: 'paths', tree: compilePaths(packed.paths), paths: packed.paths };
    case 'member':
    case 'subset':
    case 'overlap':
      return { kind: packed.kind, operands: packed.operands.map(unpackOperand) };
    case 'modified':
      return { ...packed, tests: packed.tests.map((one) => unpackTest(one, fields)) };
    case 'right':
      return { ...packed, right: unpackValue(packed.right, fields) };
  }
}

function packOperand(operand: Operand): PackedOperand {
  return typeof operand === 'bigint' ? { integer: String(operand) } : operand;
}

function unpackOperand(packed: PackedOperand): Operand {
  return isPackedInteger(packed) ? BigInt(packed.integer) : packed;
}

function isPackedInteger(packed: PackedOperand): packed is PackedInteger {
  return typeof packed === 'object' && 'integer' in packed;
}
