import type { EventField, EventValue, LineOrigin, Stands } from '../../formats/format.ts';
import type { CheckedCondition, FieldRead, Leaf } from '../condition/checked.ts';
import type { Code } from '../condition/code.ts';
import { childrenOf } from '../condition/intern.ts';
import { interpret } from '../condition/interpret.ts';
import { keyOfTest, keyOfValue } from '../condition/key.ts';
import { type Needed, neededBy } from '../condition/prefilter.ts';
import { readsOfLeaf } from '../condition/reads.ts';
import { type Bounded, type Source, joined, maybe, negated, never } from './bounded.ts';
import { remembering } from './byte-memo.ts';
import { beyond, millisIn, uintIn } from './byte-numbers.ts';
import { maxPrefixBytes, prefixSearch, prefixesOf } from './byte-prefixes.ts';
import { type ByteSearch, byteSearch } from './byte-search.ts';
import { isNothing, isSame } from './byte-texts.ts';

type TextStands = Stands & { readonly as: 'text' };
type NumberStands = Stands & { readonly as: 'uint' | 'millis' };

/** How many answers fit into the number that a memory or a search for prefixes gives. */
const maxBits = 30;

/**
 * Turns conditions into questions to the bytes of a line. Where a check asks for more than one part of the line, or for
 * what is not in it, the answer is bounded: `bound(condition, true)` holds wherever the condition may hold, and
 * `bound(condition, false)` only where it certainly does.
 *
 *   user_agent, host, client_net …   what rules say of a text that comes again is remembered (byte-memo.ts)
 *   uri, url …                       literals are searched (byte-search.ts), beginnings too (byte-prefixes.ts); only where
 *                                    one is found that does not settle it, the text is cut out and interpreted
 *   status codes, times, sizes       read from their digits and compared
 */
export class LineChecks<E> {
  readonly #code: Code;
  readonly #fields: ReadonlyMap<string, EventField<E>>;
  readonly #geo: LineOrigin['geo'];
  readonly #memories = new Map<number, Memory[]>();
  readonly #searches = new Map<string, PlacedSearch>();
  readonly #prefixes = new Map<number, PlacedPrefixes>();
  readonly #numbers = new Map<string, string>();
  /** Statements that come before all checks. */
  readonly prelude: string[] = [];

  constructor(
    code: Code,
    fields: readonly EventField<E>[],
    geo: LineOrigin['geo'],
    conditions: readonly CheckedCondition[],
  ) {
    this.#code = code;
    this.#fields = new Map(fields.map((field) => [field.name, field]));
    this.#geo = geo;
    const leaves = conditions.flatMap(leavesOf);
    this.#placeSearches(leaves);
    this.#placePrefixes(leaves);
  }

  bound(condition: CheckedCondition, upper: boolean): Bounded {
    const part = condition.kind === 'constant' ? undefined : this.#recurringPart(condition);
    if (part !== undefined) return this.#remembered(part, condition);
    switch (condition.kind) {
      case 'constant':
        return condition.value ? maybe : never;
      case 'not':
        return negated(this.bound(condition.child, !upper));
      case 'and':
      case 'or': {
        // What is asked of one part that comes again is one question.
        const groups = Map.groupBy(condition.children, (child, n) => this.#recurringPart(child) ?? `child ${n}`);
        const children = Array.from(groups.values(), (group) =>
          group.length === 1 && group[0] ? group[0] : { kind: condition.kind, children: group },
        );
        return joined(
          condition.kind,
          children.map((child) => this.bound(child, upper)),
        );
      }
      case 'leaf':
        return this.#leaf(condition) ?? (upper ? maybe : never);
    }
  }

  #leaf(leaf: Leaf): Bounded | undefined {
    const [read, other, ...more] = readsOfLeaf(leaf);
    if (read === undefined || more.length > 0) return undefined;
    if (other !== undefined) return this.#sameParts(leaf, read, other);
    if (read.field.name === 'evt.num') return compared('num', leaf);
    const stands = this.#standsOf(read);
    switch (stands?.as) {
      case undefined:
        return undefined;
      case 'constant':
        return interpret(leaf, () => stands.value) ? maybe : never;
      case 'uint':
      case 'millis':
        return compared(this.#number(stands), leaf);
      case 'text':
        return this.#textLeaf(stands, leaf);
    }
  }

  #textLeaf(stands: TextStands, leaf: Leaf): Bounded {
    const at = this.#boundsOf(stands.part);
    const asIs = stands.read === undefined;
    if (asIs && leaf.value.kind === 'field' && leaf.test.kind === 'always') {
      return { kind: 'atom', code: `!${this.#code.constant(isNothing)}(${at})` };
    }
    if (asIs && leaf.value.kind === 'length') {
      const [bytes, start, end] = at.split(', ');
      const length = compared(`(${end} - ${start})`, { ...leaf, value: leaf.value.of });
      const there: Bounded = { kind: 'atom', code: `!${this.#code.constant(isNothing)}(${bytes}, ${start}, ${end})` };
      if (length) return joined('and', [length, there]);
    }
    const cutOut = (): string => {
      const says = this.#interpreted(stands.part, [leaf]);
      const asked = (bytes: Buffer, start: number, end: number): boolean =>
        says(bytes.toString('latin1', start, end)) !== 0;
      return `${this.#code.constant(asked)}(${at})`;
    };
    const search = this.#searches.get(keyOfValue(leaf.value));
    const bit = search?.bits.get(keyOfTest(leaf.test));
    if (search && bit !== undefined) {
      const word = `${this.#code.constant(search.search.found)}[${bit >> 5}]`;
      const bits = { word, mask: 1 << (bit & 31) };
      return { kind: 'atom', source: search.source, bits, ...(!search.search.exact[bit] && { code: cutOut() }) };
    }
    const prefixes = asIs && leaf.value.kind === 'field' ? this.#prefixes.get(stands.part) : undefined;
    const group = prefixes?.bits.get(keyOfTest(leaf.test));
    if (prefixes && group !== undefined) {
      return { kind: 'atom', source: prefixes.source, bits: { mask: 1 << group }, code: cutOut() };
    }
    return { kind: 'atom', code: cutOut() };
  }

  /** Two parts, equal byte for byte. */
  #sameParts({ value, test }: Leaf, left: FieldRead, right: FieldRead): Bounded | undefined {
    if (value !== left || test.kind !== 'right' || test.relation !== '=' || test.right !== right) return undefined;
    const parts = [this.#standsOf(left), this.#standsOf(right)].flatMap((stands) =>
      stands?.as === 'text' && stands.read === undefined ? [this.#boundsOf(stands.part)] : [],
    );
    if (parts.length < 2) return undefined;
    return { kind: 'atom', code: `${this.#code.constant(isSame)}(${parts.join(', ').replace(/, bytes/, '')})` };
  }

  #remembered(part: number, condition: CheckedCondition): Bounded {
    const memories = this.#memories.get(part) ?? [];
    this.#memories.set(part, memories);
    let memory = memories.at(-1);
    if (memory === undefined || memory.conditions.length === maxBits) {
      const conditions: CheckedCondition[] = [];
      const look = remembering(this.#interpreted(part, conditions));
      memory = { conditions, source: this.#source(look, part, 2) };
      memories.push(memory);
    }
    memory.conditions.push(condition);
    return { kind: 'atom', source: memory.source, bits: { mask: 1 << (memory.conditions.length - 1) } };
  }

  /** Says of a text which of the conditions it meets, one bit for each. */
  #interpreted(part: number, conditions: readonly CheckedCondition[]): (text: string) => number {
    const fields = new Map([...this.#fields].filter(([, { stands }]) => stands?.as === 'text' && stands.part === part));
    return (text) => {
      const nothing = text === '' || text === '-';
      const read = ({ field }: FieldRead): EventValue | undefined => {
        const stands = fields.get(field.name)?.stands;
        if (nothing || stands?.as !== 'text') return undefined;
        return stands.read ? stands.read(text, this.#geo) : text;
      };
      return conditions.reduce((bits, condition, n) => (interpret(condition, read) ? bits | (1 << n) : bits), 0);
    };
  }

  /** The part that alone decides the condition, if its texts come again. */
  #recurringPart(condition: CheckedCondition): number | undefined {
    const parts = new Set<number | undefined>();
    for (const read of leavesOf(condition).flatMap(readsOfLeaf)) {
      const stands = this.#standsOf(read);
      parts.add(stands?.as === 'text' && stands.recurs ? stands.part : undefined);
    }
    const [part] = parts;
    return parts.size === 1 ? part : undefined;
  }

  #standsOf({ field, arg }: FieldRead): Stands | undefined {
    return arg === undefined ? this.#fields.get(field.name)?.stands : undefined;
  }

  /** A field as it is, in a text that does not come again. */
  #passing({ value }: Leaf): TextStands | undefined {
    const stands = value.kind === 'field' ? this.#standsOf(value) : undefined;
    return stands?.as === 'text' && !stands.recurs ? stands : undefined;
  }

  #number(stands: NumberStands): string {
    const key = `${stands.as} ${stands.part}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const name = `n${this.#numbers.size}`;
    const reader = this.#code.constant(stands.as === 'uint' ? uintIn : millisIn);
    this.prelude.push(
      `const ${name} = ${reader}(${this.#boundsOf(stands.part)}); if (${name} === ${beyond}) return false;`,
    );
    this.#numbers.set(key, name);
    return name;
  }

  #placeSearches(leaves: readonly Leaf[]): void {
    const wanted = new Map<string, { stands: TextStands; needs: Map<string, Needed> }>();
    for (const leaf of leaves) {
      const stands = this.#passing(leaf);
      const needed = stands && neededBy(leaf.test);
      if (!needed) continue;
      const key = keyOfValue(leaf.value);
      const group = wanted.get(key) ?? { stands, needs: new Map<string, Needed>() };
      group.needs.set(keyOfTest(leaf.test), needed);
      wanted.set(key, group);
    }
    for (const [key, { stands, needs }] of wanted) {
      const search = byteSearch(stands, [...needs.values()]);
      const bits = new Map([...needs.keys()].map((test, bit) => [test, bit]));
      this.#searches.set(key, { search, bits, source: this.#source(search.look, stands.part, 0) });
    }
  }

  #placePrefixes(leaves: readonly Leaf[]): void {
    const wanted = new Map<number, Map<string, readonly string[]>>();
    for (const leaf of leaves) {
      const stands = this.#passing(leaf);
      const prefixes = stands && stands.read === undefined ? prefixesOf(leaf.test) : undefined;
      if (!stands || !prefixes || prefixes.join('').length > maxPrefixBytes / maxBits) continue;
      const group = wanted.get(stands.part) ?? new Map<string, readonly string[]>();
      if (group.size < maxBits) group.set(keyOfTest(leaf.test), prefixes);
      wanted.set(stands.part, group);
    }
    for (const [part, groups] of wanted) {
      const bits = new Map([...groups.keys()].map((test, bit) => [test, bit]));
      this.#prefixes.set(part, { bits, source: this.#source(prefixSearch([...groups.values()]), part, 1) });
    }
  }

  #source(look: ByteSearch['look'], part: number, rank: number): Source {
    return { code: `${this.#code.constant(look)}(${this.#boundsOf(part)})`, rank };
  }

  /** Arguments: the bytes, where the part begins, where it ends. */
  #boundsOf(part: number): string {
    return `bytes, b[${2 * part}], b[${2 * part + 1}]`;
  }
}

interface Memory {
  readonly conditions: CheckedCondition[];
  readonly source: Source;
}

interface PlacedSearch {
  readonly search: ByteSearch;
  /** By the key of the test. */
  readonly bits: ReadonlyMap<string, number>;
  readonly source: Source;
}

interface PlacedPrefixes {
  readonly bits: ReadonlyMap<string, number>;
  readonly source: Source;
}

const operators = { '=': '===', '!=': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

/** A number compared with constants. NaN, "no value", equals nothing and is different from nothing. */
function compared(number: string, { value, test }: Pick<Leaf, 'value' | 'test'>): Bounded | undefined {
  if (value.kind !== 'field') return undefined;
  if (test.kind === 'always') return atom(`${number} === ${number}`);
  if (test.kind === 'member' && test.operands.every(isExact)) {
    return atom(test.operands.map((operand) => `${number} === ${operand}`).join(' || ') || 'false');
  }
  if (test.kind !== 'compare' || !isExact(test.operand)) return undefined;
  const code = `${number} ${operators[test.relation]} ${test.operand}`;
  return atom(test.relation === '!=' ? `${number} === ${number} && ${code}` : code);
}

function atom(code: string): Bounded {
  return { kind: 'atom', code };
}

function isExact(operand: unknown): operand is number {
  return typeof operand === 'number' && Number.isSafeInteger(operand);
}

function leavesOf(condition: CheckedCondition): readonly Leaf[] {
  return condition.kind === 'leaf' ? [condition] : childrenOf(condition).flatMap(leavesOf);
}
