import { parseAddress } from './address.ts';
import { bit, wordNames } from './bit-words.ts';
import type { CheckedCondition, Leaf, Test, Value } from './checked.ts';
import { Code } from './code.ts';
import { TestWriter, isCheap, literal, looksElsewhere, quote } from './emit-test.ts';
import { type Interner, childrenOf } from './intern.ts';
import { type FieldReader, evaluate, holds } from './interpret.ts';
import { keyOfValue } from './key.ts';
import type { Place, Prefilter } from './prefilter.ts';
import { type FieldSource, readField, withoutEmptyList } from './read-field.ts';
import { stringMaps } from './transform.ts';

/**
 * Writes conditions as JavaScript (code.ts). What the code does is defined by `interpret.ts`; what is rare is left to it.
 *
 *   let event, head, h0 = 0, m0 = 0;                        // the event at hand; which values and results are known
 *   let s1;                                                 // a value that every event's way through the rules reads
 *   let s0; function v0() { if ((h0 & 1) !== 0) return s0; h0 |= 1; return (s0 = k0.read(event)); }
 *   function c0() { … }                                     // a condition that several places use: worked out once
 *   function r0() { let t; return v0() === "x" && c0(); }   // a rule
 *
 * Longer rules are functions of their own: V8 does not optimise functions beyond 60 kB of bytecode.
 */
export class Emitter<E> {
  readonly #sources: ReadonlyMap<string, FieldSource<E>>;
  readonly #interner: Interner;
  readonly #prefilter: Prefilter;
  readonly #tests: TestWriter;
  readonly #code = new Code();
  readonly #functions: string[] = [];
  readonly #names = new Map<string, string>();
  readonly #readFirst: string[] = [];
  #serial = 0;
  #inlined = 0;
  #valueBits = 0;
  #resultBits = 0;

  constructor(sources: ReadonlyMap<string, FieldSource<E>>, interner: Interner, prefilter: Prefilter) {
    this.#sources = sources;
    this.#interner = interner;
    this.#prefilter = prefilter;
    this.#tests = new TestWriter({
      constant: (value) => this.constant(value),
      valueCall: (value) => this.#valueCall(value),
      interpreted: (test) => this.constant(this.#interpreted(test)),
    });
  }

  /** The name under which the code sees `value`. */
  constant(value: unknown): string {
    return this.#code.constant(value);
  }

  /**
   * Has the values read before any rule that every event's way through these conditions reads, as long as none holds.
   * Rules then find them in a variable instead of asking a function that remembers.
   */
  readFirst(conditions: readonly CheckedCondition[]): void {
    for (const { value } of this.#prefilter.searches) this.#readAtOnce(value);
    for (const condition of conditions) for (const value of this.#alwaysRead(condition)) this.#readAtOnce(value);
  }

  /**
   * Statements that read what is read first and search the values of the prefilter. A value that did not change since
   * the event before is not searched again: its results still stand.
   */
  searches(): string {
    const searches = this.#prefilter.searches.map(({ value, scanner }) => {
      const text = this.#valueCall(value);
      const last = this.#newName('p');
      this.#functions.push(`let ${last};`);
      const search = `if (t === undefined) ${this.constant(scanner.found)}.fill(0); else ${this.constant(scanner.scan)}(t);`;
      return `if ((t = ${text}) !== ${last}) { ${last} = t; ${search} }`;
    });
    return [...this.#readFirst, ...searches].join('\n');
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

  /** Code that tells whether the condition holds; a call, unless it is short. */
  conditionCall(condition: CheckedCondition): string {
    const code = this.#condition(condition, 0);
    if (code.length > maxInlineLength || this.#inlined + code.length > maxInlinedLength) {
      return `${this.#function('r', code)}()`;
    }
    this.#inlined += code.length;
    return `(${code})`;
  }

  /** Builds the code: `body` is the body of the function that is called with each event. */
  build(body: string): (event: E, head: unknown) => unknown {
    const state = [...wordNames('h', this.#valueBits), ...wordNames('m', this.#resultBits)];
    return this.#code.run([
      'let event, head;',
      ...state.map((word) => `let ${word} = 0;`),
      ...this.#functions,
      `return function (e, h) { event = e; head = h; ${state.map((word) => `${word} = 0;`).join(' ')} let t; ${body} };`,
    ]) as (event: E, head: unknown) => unknown;
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
          const children = this.#inOrder(condition.children);
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
    if (place) return this.anyFound([place]) + (place.exact ? '' : ` && (${this.#tests.present(value, test)})`);
    const worthIt = !isCheap(test) && !value.list && value.kind !== 'literal' && !looksElsewhere(test);
    return worthIt ? this.#recalled(value, test) : this.#tests.write(value, test);
  }

  /**
   * The test's code, run once for as long as the value stays the same: of what a line says, little differs from the line
   * before it. Comparing with the string before costs less than a regular expression (64 ns on a URL of 40 bytes).
   */
  #recalled(value: Value, test: Test): string {
    const call = this.#valueCall(value);
    const name = this.#newName('p');
    this.#functions.push(`let ${name}, q${name} = false;`);
    return `((t = ${call}) === ${name} ? q${name} : (${name} = t, q${name} = ${this.#tests.write(value, test)}))`;
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

  #readAtOnce(value: Value): void {
    if (value.kind === 'map' || value.kind === 'address' || value.kind === 'length') this.#readAtOnce(value.of);
    else if (value.kind !== 'field') return;
    this.#once(`value ${keyOfValue(value)}`, () => {
      const name = this.#newName('s');
      this.#functions.push(`let ${name};`);
      this.#readFirst.push(`${name} = ${this.#compute(value)};`);
      return name;
    });
  }

  #alwaysRead(condition: CheckedCondition): readonly Value[] {
    switch (condition.kind) {
      case 'constant':
        return [];
      case 'leaf':
        return this.#prefilter.placeOf(condition) ? [] : [condition.value];
      case 'not':
        return this.#alwaysRead(condition.child);
      case 'or':
        return condition.children.flatMap((child) => this.#alwaysRead(child));
      case 'and':
        return this.#inOrder(condition.children)
          .slice(0, 1)
          .flatMap((child) => this.#alwaysRead(child));
    }
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

  #inOrder(children: readonly CheckedCondition[]): readonly CheckedCondition[] {
    return [...children].sort((left, right) => this.#cost(left) - this.#cost(right));
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

/** Characters of rules that stand in the function for an event: each, and all together (some 10 kB of bytecode). */
const maxInlineLength = 300;
const maxInlinedLength = 20_000;
