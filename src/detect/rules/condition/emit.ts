import { parseAddress } from './address.ts';
import type { CheckedCondition, Leaf, Operand, Test, Value } from './checked.ts';
import { type Interner, childrenOf } from './intern.ts';
import { type FieldReader, evaluate, holds } from './interpret.ts';
import { keyOfValue } from './key.ts';
import { type LiteralPattern, literalPattern } from './literals.ts';
import { requirementOf } from './prefilter.ts';
import { type FieldSource, readField, withoutEmptyList } from './read-field.ts';
import { stringMaps } from './transform.ts';

/**
 * Writes conditions as JavaScript. The text consists of fixed pieces, numbers and JSON-quoted strings; everything else
 * (fields, patterns, sets, functions) is passed in as a constant `k0`, `k1` …, so nothing in a rules file or an event can
 * become code. What the code does is defined by `interpret.ts`; what is rare is left to it.
 *
 *   let event, head, h0 = 0, m0 = 0;                        // the event at hand; which values and results are known
 *   let s0; function v0() { if ((h0 & 1) !== 0) return s0; h0 |= 1; return (s0 = k0.read(event)); }
 *   function c0() { … }                                     // a condition that several places use: worked out once
 *   function r0() { let t; return v0() === "x" && c0(); }   // a rule
 *
 * Each rule is a function of its own: V8 does not optimise functions beyond 60 kB of bytecode.
 */
export class Emitter<E> {
  readonly #sources: ReadonlyMap<string, FieldSource<E>>;
  readonly #interner: Interner;
  readonly #patterns: ReadonlyMap<string, LiteralPattern>;
  readonly #constants: unknown[] = [];
  readonly #functions: string[] = [];
  readonly #names = new Map<string, string>();
  #serial = 0;
  #valueBits = 0;
  #resultBits = 0;

  /** `patterns`: for the values whose literals are searched together, by key, the pattern of all of them. */
  constructor(
    sources: ReadonlyMap<string, FieldSource<E>>,
    interner: Interner,
    patterns: ReadonlyMap<string, LiteralPattern>,
  ) {
    this.#sources = sources;
    this.#interner = interner;
    this.#patterns = patterns;
  }

  /** The name under which the code sees `value`. */
  constant(value: unknown): string {
    const known = this.#constants.indexOf(value);
    return `k${known >= 0 ? known : this.#constants.push(value) - 1}`;
  }

  /** A call that tells whether the pattern of the value with this key finds anything. Only for keys in `patterns`. */
  foundCall(value: Value): string {
    return this.#once(`found ${keyOfValue(value)}`, () => {
      const pattern = this.constant(this.#patterns.get(keyOfValue(value)));
      return this.#resultFunction('g', `(t = ${this.#valueCall(value)}) !== undefined && ${pattern}.test(t)`);
    });
  }

  /** A call that tells whether the condition holds. */
  conditionCall(condition: CheckedCondition): string {
    return `${this.#function('r', this.#condition(condition, 0))}()`;
  }

  /** Builds the code: `body` is the body of the function that is called with each event. */
  build(body: string): (event: E, head: unknown) => unknown {
    const state = [...wordNames('h', this.#valueBits), ...wordNames('m', this.#resultBits)];
    const code = [
      '"use strict";',
      ...this.#constants.map((_, n) => `const k${n} = k[${n}];`),
      'let event, head;',
      ...state.map((word) => `let ${word} = 0;`),
      ...this.#functions,
      `return function (e, h) { event = e; head = h; ${state.map((word) => `${word} = 0;`).join(' ')} ${body} };`,
    ].join('\n');
    // oxlint-disable-next-line typescript/no-implied-eval -- the one place where code is made; why it is safe stands above
    const factory = new Function('k', code) as (k: readonly unknown[]) => (event: E, head: unknown) => unknown;
    return factory(this.#constants);
  }

  #condition(condition: CheckedCondition, depth: number): string {
    switch (condition.kind) {
      case 'constant':
        return String(condition.value);
      case 'leaf':
        return isCheap(condition.test) ? this.#leaf(condition) : this.#shared(condition, () => this.#leaf(condition));
      case 'not':
        return this.#shared(condition, () => `!${this.#operand(condition.child, depth)}`);
      case 'and':
      case 'or':
        return this.#shared(condition, () => {
          const operator = condition.kind === 'and' ? ' && ' : ' || ';
          const children = [...condition.children].sort((left, right) => cost(left) - cost(right));
          return children.map((child) => this.#operand(child, depth)).join(operator);
        });
    }
  }

  /** In parentheses; from time to time as a function, since deep parentheses exhaust V8's parser. */
  #operand(condition: CheckedCondition, depth: number): string {
    const code = this.#condition(condition, depth + 1);
    if (childrenOf(condition).length > 0 && depth % 32 === 31) return `${this.#function('d', code)}()`;
    return `(${code})`;
  }

  /** The condition's code, or a call where several places use the condition. */
  #shared(condition: CheckedCondition, write: () => string): string {
    if (this.#interner.uses(condition) < 2) return write();
    return this.#once(`condition ${this.#interner.idOf(condition)}`, () => this.#resultFunction('c', write()));
  }

  #leaf(leaf: Leaf): string {
    const { value, test } = leaf;
    const requirement = requirementOf(leaf);
    if (requirement && this.#patterns.has(requirement.key)) {
      return `${this.foundCall(value)} && (${this.#present(value, test)})`;
    }
    return this.#test(value, test);
  }

  /** The test of a value that may be missing. Comparisons with undefined are false by themselves, except `!==`. */
  #test(value: Value, test: Test): string {
    const call = this.#valueCall(value);
    if (test.kind === 'always') return `${call} !== undefined`;
    if (test.kind === 'never') return 'false';
    if (test.kind === 'compare' && test.relation !== '!=' && isPrimitive(test.operand))
      return this.#present(value, test);
    if (test.kind === 'member' && test.operands.every(isPrimitive)) return this.#present(value, test);
    return `(t = ${call}) !== undefined && (${this.#testOf('t', value, test)})`;
  }

  #present(value: Value, test: Test): string {
    return this.#testOf(this.#valueCall(value), value, test);
  }

  /** The test of a value that is there; `code` may be written several times. */
  #testOf(code: string, value: Value, test: Test): string {
    switch (test.kind) {
      case 'compare':
        if (!isPrimitive(test.operand)) break;
        return `${code} ${jsRelations[test.relation]} ${literal(test.operand)}`;
      case 'member': {
        const primitive = test.operands.filter(isPrimitive);
        if (primitive.length < test.operands.length) break;
        return this.#member(code, primitive);
      }
      case 'text':
        return this.#text(code, value, test);
      case 'regex':
        return `${this.constant(test.regex)}.matches(${code})`;
      case 'modified': {
        if (test.modifier === 'anyof') return this.#anyOf(code, value, test.tests);
        if (test.modifier !== 'allof' || test.tests.length === 0) break;
        return test.tests.map((one) => `(${this.#testOf(code, value, one)})`).join(' && ');
      }
      case 'always':
        return 'true';
      case 'never':
        return 'false';
      case 'glob':
      case 'paths':
      case 'subset':
      case 'overlap':
      case 'right':
        break;
    }
    return `${this.constant(this.#interpreted(test))}(${code}, event, head)`;
  }

  /** Few are compared one by one; a set hashes the whole string, so its length is looked at first. */
  #member(code: string, operands: readonly Primitive[]): string {
    if (operands.length === 0) return 'false';
    if (operands.length <= 4) return operands.map((operand) => `${code} === ${literal(operand)}`).join(' || ');
    const set = `${this.constant(new Set(operands))}.has(${code})`;
    if (!operands.every((operand) => typeof operand === 'string')) return set;
    const lengths = new Uint8Array(256);
    for (const operand of operands) lengths[operand.length] = 1;
    return `(t = ${code}) !== undefined && ${this.constant(lengths)}[t.length] === 1 && ${set}`;
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
        if (isAscii(text)) return `${this.constant(literalPattern([text], true))}.test(${code})`;
        return `${this.#valueCall(lowerCase(value))}.includes(${literal(text)})`;
    }
  }

  #anyOf(code: string, value: Value, tests: readonly Test[]): string {
    if (tests.length === 0) return 'false';
    const {
      contains = [],
      icontains = [],
      startswith = [],
      equals = [],
      other = [],
    } = Object.groupBy(tests, (test) => {
      if (test.kind === 'compare' && test.relation === '=' && isPrimitive(test.operand)) return 'equals';
      if (test.kind !== 'text' || test.relation === 'endswith') return 'other';
      return test.relation === 'icontains' && !isAscii(test.text) ? 'other' : test.relation;
    });
    const pattern = (group: readonly Test[], fold: boolean, anchor?: 'start'): string[] => {
      if (group.length < 4) return group.map((test) => this.#testOf(code, value, test));
      const literals = group.map((test) => (test.kind === 'text' ? test.text : ''));
      return [`${this.constant(literalPattern(literals, fold, anchor))}.test(${code})`];
    };
    const operands = equals.map((test) => (test.kind === 'compare' ? test.operand : '')).filter(isPrimitive);
    return [
      ...(operands.length > 0 ? [this.#member(code, operands)] : []),
      ...pattern(startswith, false, 'start'),
      ...pattern(contains, false),
      ...pattern(icontains, true),
      ...other.map((test) => this.#testOf(code, value, test)),
    ]
      .map((part, _, parts) => (parts.length > 1 ? `(${part})` : part))
      .join(' || ')
      .replace(/^.*$/s, (all) => `(${all})`);
  }

  /** A call that gives the value, worked out once for each event. */
  #valueCall(value: Value): string {
    if (value.kind === 'literal') return literal(value.text);
    return this.#once(`value ${keyOfValue(value)}`, () => {
      const { word, mask } = bit('h', this.#valueBits++);
      const name = this.#newName('v');
      const compute = this.#compute(value);
      this.#functions.push(
        `let s${name}; function ${name}() { if ((${word} & ${mask}) !== 0) return s${name}; ${word} |= ${mask}; let t; return (s${name} = ${compute}); }`,
      );
      return `${name}()`;
    });
  }

  #compute(value: Value): string {
    const mapped = (of: Value, map: unknown): string =>
      `(t = ${this.#valueCall(of)}) === undefined ? undefined : ${this.constant(map)}(t)`;
    if (value.kind === 'field') return this.#read(value.field.name, value.arg);
    if (value.kind === 'map' && !value.list) return mapped(value.of, stringMaps[value.map]);
    if (value.kind === 'address' && !value.list) return mapped(value.of, parseAddress);
    if (value.kind === 'length') return `(t = ${this.#valueCall(value.of)}) === undefined ? undefined : t.length`;
    const compute = (event: E, head: Head): unknown => evaluate(value, this.#reader(event, head));
    return `${this.constant(compute)}(event, head)`;
  }

  #read(name: string, arg: string | undefined): string {
    const source = this.#sources.get(name);
    if (!source) return 'undefined';
    const call =
      source.from === 'head'
        ? `${this.constant(source.field)}.read(head)`
        : `${this.constant(source.field)}.read(event${arg === undefined ? '' : `, ${quote(arg)}`})`;
    return source.field.list ? `${this.constant(withoutEmptyList)}(${call})` : call;
  }

  #interpreted(test: Test): (value: never, event: E, head: Head) => boolean {
    return (value, event, head) => holds(test, value, this.#reader(event, head));
  }

  #reader(event: E, head: Head): FieldReader {
    return ({ field, arg }) => readField(this.#sources.get(field.name), event, head, arg);
  }

  #function(prefix: string, code: string): string {
    const name = this.#newName(prefix);
    this.#functions.push(`function ${name}() { let t; return ${code}; }`);
    return name;
  }

  /** A function that remembers its result for the event: one bit says that it is known, the next what it is. */
  #resultFunction(prefix: string, code: string): string {
    const known = bit('m', this.#resultBits++);
    const result = bit('m', this.#resultBits++);
    const name = this.#newName(prefix);
    this.#functions.push(
      `function ${name}() { if ((${known.word} & ${known.mask}) !== 0) return (${result.word} & ${result.mask}) !== 0; ` +
        `let t; const r = ${code}; ${known.word} |= r ? ${known.mask | result.mask} : ${known.mask}; return r; }`,
    );
    return `${name}()`;
  }

  #newName(prefix: string): string {
    return `${prefix}${this.#serial++}`;
  }

  #once(key: string, write: () => string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = write();
    this.#names.set(key, name);
    return name;
  }
}

type Head = Parameters<typeof readField>[2];
type Primitive = Exclude<Operand, object>;

/** Even, so that a result's two bits never stand in two words. */
const bitsPerWord = 30;

function bit(word: string, index: number): { word: string; mask: number } {
  return { word: `${word}${Math.floor(index / bitsPerWord)}`, mask: 1 << (index % bitsPerWord) };
}

function wordNames(word: string, bits: number): string[] {
  return Array.from({ length: Math.ceil(bits / bitsPerWord) }, (_, n) => `${word}${n}`);
}

const jsRelations = { '=': '===', '!=': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

function isPrimitive(operand: Operand): operand is Primitive {
  return typeof operand !== 'object';
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

function lowerCase(of: Value): Value {
  return { kind: 'map', map: 'tolower', of, type: 'string', list: false };
}

function literal(operand: Primitive): string {
  if (typeof operand === 'bigint') return `${operand}n`;
  return typeof operand === 'string' ? quote(operand) : String(operand);
}

/** JSON is a subset of JavaScript since 2019; escaped beyond ASCII all the same, to keep the code readable anywhere. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isCheap(test: Test): boolean {
  return (
    test.kind === 'compare' ||
    test.kind === 'always' ||
    test.kind === 'never' ||
    (test.kind === 'member' && test.operands.length <= 4)
  );
}

/** Checks have no effects, so what is cheap may go first. */
function cost(condition: CheckedCondition): number {
  if (condition.kind !== 'leaf') return 1;
  if (isCheap(condition.test)) return 0;
  return requirementOf(condition) || condition.test.kind === 'member' ? 1 : 2;
}
