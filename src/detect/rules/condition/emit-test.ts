import { type Address, isWithin } from './address.ts';
import type { Operand, Relation, Test, TextRelation, Value } from './checked.ts';
import { type Glob, matchesGlob } from './glob.ts';
import { type LiteralPattern, literalPattern } from './literals.ts';
import { matchesPaths, pathsPattern } from './pmatch.ts';

/** What a test's code may refer to. */
export interface CodeParts {
  /** The name under which the code sees `value`. */
  constant(value: unknown): string;
  /** Code that gives the value, or undefined. */
  valueCall(value: Value): string;
  /** The name of a function of value, event and head that interprets the test. */
  interpreted(test: Test): string;
}

/**
 * Writes tests as JavaScript expressions. They may use the variable `t` of the function around them, and rely on it only
 * until the next one begins.
 */
export class TestWriter {
  readonly #code: CodeParts;

  constructor(code: CodeParts) {
    this.#code = code;
  }

  /** The test of a value that may be missing. Comparisons with undefined are false by themselves, except `!==`. */
  write(value: Value, test: Test): string {
    const call = this.#code.valueCall(value);
    if (test.kind === 'always') return `${call} !== undefined`;
    if (test.kind === 'never') return 'false';
    if (test.kind === 'compare' && test.relation !== '!=' && isPrimitive(test.operand))
      return this.present(value, test);
    if (test.kind === 'member' && test.operands.every(isPrimitive)) return this.present(value, test);
    return `(t = ${call}) !== undefined && (${this.#testOf('t', value, test)})`;
  }

  /** The test of a value that is known to be there. */
  present(value: Value, test: Test): string {
    return this.#testOf(this.#code.valueCall(value), value, test);
  }

  /** The test of a value that is there; `code` may be written several times. */
  #testOf(code: string, value: Value, test: Test): string {
    switch (test.kind) {
      case 'compare': {
        const { operand, relation } = test;
        if (isPrimitive(operand)) return `${code} ${jsRelations[relation]} ${literal(operand)}`;
        return `${relation === '=' ? '' : '!'}${this.#code.constant(withinAny([operand]))}(${code})`;
      }
      case 'member': {
        const primitive = test.operands.filter(isPrimitive);
        if (primitive.length === test.operands.length) return this.#member(code, primitive);
        return `${this.#code.constant(withinAny(test.operands))}(${code})`;
      }
      case 'glob':
        return this.#glob(code, value, test.glob);
      case 'paths': {
        const { tree } = test;
        const matches = (text: string): boolean => matchesPaths(tree, text);
        return `${this.#code.constant(pathsPattern(tree) ?? { test: matches })}.test(${code})`;
      }
      case 'text':
        return this.#text(code, value, test);
      case 'regex': {
        const { required } = test.regex;
        const matches = `${this.#code.constant(test.regex)}.matches(${code})`;
        return required === '' ? matches : `${code}.includes(${literal(required)}) && ${matches}`;
      }
      case 'modified': {
        if (test.modifier === 'anyof') return this.#anyOf(code, value, test.tests);
        if (test.modifier !== 'allof' || test.tests.length === 0) break;
        return test.tests.map((one) => `(${this.#testOf(code, value, one)})`).join(' && ');
      }
      case 'always':
        return 'true';
      case 'never':
        return 'false';
      case 'right':
        if (!(test.relation in jsRelations)) break;
        return this.#right(code, test.relation as Relation, test.right);
      case 'subset':
      case 'overlap':
        break;
    }
    return `${this.#code.interpreted(test)}(${code}, event, head)`;
  }

  /** Few are compared one by one; a set hashes the whole string, so its length is looked at first. */
  #member(code: string, operands: readonly Primitive[]): string {
    if (operands.length === 0) return 'false';
    if (operands.length <= 4) return operands.map((operand) => `${code} === ${literal(operand)}`).join(' || ');
    const set = `${this.#code.constant(new Set(operands))}.has(${code})`;
    if (!operands.every((operand) => typeof operand === 'string')) return set;
    const lengths = new Uint8Array(256);
    for (const operand of operands) lengths[operand.length] = 1;
    return `(t = ${code}) !== undefined && ${this.#code.constant(lengths)}[t.length] === 1 && ${set}`;
  }

  #text(code: string, value: Value, { relation, text }: Test & { kind: 'text' }): string {
    switch (relation) {
      case 'contains':
        return `${code}.includes(${literal(text)})`;
      case 'startswith':
        return `${code}.startsWith(${literal(text)})`;
      case 'endswith':
        return `${code}.endsWith(${literal(text)})`;
      case 'icontains':
        if (isAscii(text)) return `${this.#code.constant(literalPattern([text], true))}.test(${code})`;
        return `${this.#code.valueCall(lowerCase(value))}.includes(${literal(text)})`;
    }
  }

  #right(code: string, relation: Relation, right: Value): string {
    const call = this.#code.valueCall(right);
    return `${call} !== undefined && ${code} ${jsRelations[relation]} ${call}`;
  }

  #glob(code: string, value: Value, glob: Glob): string {
    const literals = glob.segments.filter((segment) => typeof segment === 'string');
    if (glob.pattern) return `${this.#code.constant(glob.pattern)}.test(${code})`;
    if (literals.length < glob.segments.length) return this.#matching(glob, code);
    const text = glob.fold ? this.#code.valueCall(lowerCase(value)) : code;
    const [first = '', second, third] = literals;
    if (literals.length === 1) return `${text} === ${literal(first)}`;
    if (literals.length === 2 && second === '') return `${text}.startsWith(${literal(first)})`;
    if (literals.length === 2 && first === '') return `${text}.endsWith(${literal(second ?? '')})`;
    if (literals.length === 3 && first === '' && third === '') return `${text}.includes(${literal(second ?? '')})`;
    return this.#matching({ segments: literals, fold: false }, text);
  }

  #matching(glob: Glob, code: string): string {
    const matches = (text: string): boolean => matchesGlob(glob, text);
    return `${this.#code.constant(matches)}(${code})`;
  }

  #anyOf(code: string, value: Value, tests: readonly Test[]): string {
    if (tests.length === 0) return 'false';
    const parts: string[] = [];
    const operands = tests.flatMap((test) => (test.kind === 'compare' && test.relation === '=' ? [test.operand] : []));
    if (operands.length > 0) parts.push(this.#testOf(code, value, { kind: 'member', operands }));
    const byRelation = Map.groupBy(
      tests.filter((test) => !(test.kind === 'compare' && test.relation === '=')),
      relationOf,
    );
    for (const [relation, group] of byRelation) {
      const search = group.length < 4 ? undefined : searchAny(relation, group);
      if (search) parts.push(`${this.#code.constant(search)}.test(${code})`);
      else parts.push(...group.map((test) => this.#testOf(code, value, test)));
    }
    return `(${parts.map((part) => `(${part})`).join(' || ')})`;
  }
}

type Primitive = Exclude<Operand, object>;

const jsRelations = { '=': '===', '!=': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

function isPrimitive(operand: Operand): operand is Primitive {
  return typeof operand !== 'object';
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

function relationOf(test: Test): TextRelation | 'other' {
  if (test.kind !== 'text') return 'other';
  return test.relation === 'icontains' && !isAscii(test.text) ? 'other' : test.relation;
}

/** One test for all texts of a group of `text` tests. */
function searchAny(relation: TextRelation | 'other', group: readonly Test[]): LiteralPattern | undefined {
  const texts = group.flatMap((test) => (test.kind === 'text' ? [test.text] : []));
  switch (relation) {
    case 'contains':
      return literalPattern(texts, false);
    case 'icontains':
      return literalPattern(texts, true);
    case 'startswith':
      return literalPattern(texts, false, 'start');
    case 'endswith':
      return { test: endsWithAny(texts) };
    case 'other':
      return undefined;
  }
}

/** Looks at the last byte first: V8 calls `endsWith`, some 30 ns, where it inlines `startsWith`. */
function endsWithAny(endings: readonly string[]): (text: string) => boolean {
  if (endings.includes('')) return () => true;
  const byLastByte = Map.groupBy(endings, (ending) => ending.charCodeAt(ending.length - 1));
  const endingsOf = Array.from({ length: 256 }, (_, byte) => byLastByte.get(byte));
  return (text) => endingsOf[text.charCodeAt(text.length - 1)]?.some((ending) => text.endsWith(ending)) ?? false;
}

function withinAny(operands: readonly Operand[]): (address: Address) => boolean {
  const networks = operands.filter((operand) => typeof operand === 'object');
  const ipv4 = networks.filter((network) => network.family === 4);
  const ipv6 = networks.filter((network) => network.family === 6);
  const bases = Int32Array.from(ipv4, ({ base }) => base);
  const masks = Int32Array.from(ipv4, ({ mask }) => mask);
  return (address) => {
    if (typeof address === 'string') return ipv6.some((network) => isWithin(address, network));
    for (let n = 0; n < bases.length; n++) if ((address & masks[n]!) === bases[n]) return true;
    return false;
  };
}

function lowerCase(of: Value): Value {
  return { kind: 'map', map: 'tolower', of, type: 'string', list: false };
}

/** A constant as code. */
export function literal(operand: Primitive): string {
  if (typeof operand === 'bigint') return `${operand}n`;
  return typeof operand === 'string' ? quote(operand) : String(operand);
}

/** JSON is a subset of JavaScript since 2019; escaped beyond ASCII all the same, to keep the code readable anywhere. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Cheaper than remembering its result. */
export function isCheap(test: Test): boolean {
  return (
    test.kind === 'compare' ||
    test.kind === 'always' ||
    test.kind === 'never' ||
    (test.kind === 'member' && test.operands.length <= 4)
  );
}

/** Whether the test asks for other values than the one that it is put to. */
export function looksElsewhere(test: Test): boolean {
  return test.kind === 'right' || (test.kind === 'modified' && test.tests.some(looksElsewhere));
}
