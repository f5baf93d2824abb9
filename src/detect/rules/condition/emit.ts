import { type Address, isWithin, parseAddress } from './address.ts';
import type { CheckedCondition, Leaf, Operand, Relation, Test, TextRelation, Value } from './checked.ts';
import { type Glob, matchesGlob } from './glob.ts';
import { type Interner, childrenOf } from './intern.ts';
import { type FieldReader, evaluate, holds } from './interpret.ts';
import { keyOfValue } from './key.ts';
import { type LiteralPattern, literalPattern } from './literals.ts';
import { matchesPaths, pathsPattern } from './pmatch.ts';
import type { Place, Prefilter } from './prefilter.ts';
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
  readonly #prefilter: Prefilter;
  readonly #constants: unknown[] = [];
  readonly #functions: string[] = [];
  readonly #names = new Map<string, string>();
  #serial = 0;
  #valueBits = 0;
  #resultBits = 0;

  constructor(sources: ReadonlyMap<string, FieldSource<E>>, interner: Interner, prefilter: Prefilter) {
    this.#sources = sources;
    this.#interner = interner;
    this.#prefilter = prefilter;
  }

  /** The name under which the code sees `value`. */
  constant(value: unknown): string {
    const known = this.#constants.indexOf(value);
    return `k${known >= 0 ? known : this.#constants.push(value) - 1}`;
  }

  /** Statements that search the values of the prefilter. */
  searches(): string {
    return this.#prefilter.searches
      .map(({ value, scanner }) => {
        const text = this.#valueCall(value);
        return `if (${text} === undefined) ${this.constant(scanner.found)}.fill(0); else ${this.constant(scanner.scan)}(${text});`;
      })
      .join('\n');
  }

  /** Whether one of the places is set, by searches that were made. */
  anyFound(places: readonly Place[]): string {
    const masks = new Map<string, number>();
    for (const { scanner, word, mask } of places) {
      const name = `${this.constant(scanner.found)}[${word}]`;
      masks.set(name, (masks.get(name) ?? 0) | mask);
    }
    return masks.size === 0
      ? 'false'
      : `(${[...masks].map(([name, mask]) => `(${name} & ${mask})`).join(' | ')}) !== 0`;
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
        return this.#cost(condition) === 0
          ? this.#leaf(condition)
          : this.#shared(condition, () => this.#leaf(condition));
      case 'not':
        return this.#shared(condition, () => `!${this.#operand(condition.child, depth)}`);
      case 'and':
      case 'or':
        return this.#shared(condition, () => {
          const operator = condition.kind === 'and' ? ' && ' : ' || ';
          const children = [...condition.children].sort((left, right) => this.#cost(left) - this.#cost(right));
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
    const place = this.#prefilter.placeOf(leaf);
    if (place) return this.anyFound([place]) + (place.exact ? '' : ` && (${this.#present(value, test)})`);
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
      case 'compare': {
        const { operand, relation } = test;
        if (isPrimitive(operand)) return `${code} ${jsRelations[relation]} ${literal(operand)}`;
        return `${relation === '=' ? '' : '!'}${this.constant(withinAny([operand]))}(${code})`;
      }
      case 'member': {
        const primitive = test.operands.filter(isPrimitive);
        if (primitive.length === test.operands.length) return this.#member(code, primitive);
        return `${this.constant(withinAny(test.operands))}(${code})`;
      }
      case 'glob':
        return this.#glob(code, value, test.glob);
      case 'paths': {
        const { tree } = test;
        const matches = (text: string): boolean => matchesPaths(tree, text);
        return `${this.constant(pathsPattern(tree) ?? { test: matches })}.test(${code})`;
      }
      case 'text':
        return this.#text(code, value, test);
      case 'regex':
        return `${code}.includes(${literal(test.regex.required)}) && ${this.constant(test.regex)}.matches(${code})`;
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

  #right(code: string, relation: Relation, right: Value): string {
    const call = this.#valueCall(right);
    return `${call} !== undefined && ${code} ${jsRelations[relation]} ${call}`;
  }

  #glob(code: string, value: Value, glob: Glob): string {
    const [first, second, third] = glob.segments;
    if (glob.fold && glob.segments.every((segment) => typeof segment === 'string')) {
      return this.#glob(this.#valueCall(lowerCase(value)), value, { ...glob, fold: false });
    }
    if (!glob.fold && typeof first === 'string' && glob.segments.length === 1) return `${code} === ${literal(first)}`;
    if (!glob.fold && typeof first === 'string' && typeof second === 'string' && glob.segments.length === 2) {
      if (second === '') return `${code}.startsWith(${literal(first)})`;
      if (first === '') return `${code}.endsWith(${literal(second)})`;
    }
    if (!glob.fold && first === '' && typeof second === 'string' && third === '' && glob.segments.length === 3) {
      return `${code}.includes(${literal(second)})`;
    }
    const matches = (text: string): boolean => matchesGlob(glob, text);
    return `${this.constant(matches)}(${code})`;
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
      if (search) parts.push(`${this.constant(search)}.test(${code})`);
      else parts.push(...group.map((test) => this.#testOf(code, value, test)));
    }
    return `(${parts.map((part) => `(${part})`).join(' || ')})`;
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

  /** Checks have no effects, so what is cheap may go first. */
  #cost(condition: CheckedCondition): number {
    if (condition.kind !== 'leaf') return 1;
    const place = this.#prefilter.placeOf(condition);
    if (isCheap(condition.test) || place?.exact) return 0;
    return place || condition.test.kind === 'member' ? 1 : 2;
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
  return (address) => networks.some((network) => isWithin(address, network));
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
