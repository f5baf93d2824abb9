import type { Stands } from '../../formats/format.ts';
import type { CheckedCondition, FieldRead, Leaf } from '../condition/checked.ts';
import type { Code } from '../condition/code.ts';
import { childrenOf } from '../condition/intern.ts';
import { interpret } from '../condition/interpret.ts';
import { keyOfTest, keyOfValue } from '../condition/key.ts';
import { type Needed, neededBy } from '../condition/prefilter.ts';
import { readsOfLeaf } from '../condition/reads.ts';
import { type Atom, type Bounded, type Source, joined, maybe, negated, never } from './bounded.ts';
import { maxPrefixBytes, prefixTable, prefixesOf } from './byte-prefixes.ts';
import { commonness } from './commonness.ts';
import { compared, comparedNum } from './compared.ts';
import type { LineKernel } from './line-kernel.ts';
import type { LineTexts } from './line-texts.ts';
import type { FilterConstant } from './quiet-filter.ts';
import { splitLeaves } from './split-leaves.ts';
import { type LiteralSearch, literalSearch } from './literal-search.ts';

type TextStands = Stands & { readonly as: 'text' };

/** How many answers fit into one result of the kernel. */
const maxBits = 30;

/**
 * Turns conditions into questions to the bytes of a line. Where a check asks for more than one part of the line, or for
 * what is not in it, the answer is bounded: `#bound(condition, true)` holds wherever the condition may hold, and
 * `#bound(condition, false)` only where it certainly does.
 *
 *   user_agent, host, client_net …   what rules say of a text that comes again is remembered
 *   uri, url …                       literals are searched, beginnings too; only where one is found that does not settle
 *                                    it, the text is cut out and interpreted
 *   status codes, times, sizes       read from their digits and compared
 */
export class LineChecks<E> {
  /** Of each part whose texts come again, in the order in which they were asked for: the conditions that are asked of them. */
  readonly recalled: CheckedCondition[][] = [];
  readonly #code: Code<FilterConstant>;
  readonly #kernel: LineKernel;
  readonly #texts: LineTexts<E>;
  readonly #memories = new Map<number, Memory>();
  readonly #searches = new Map<string, Placed & { readonly search: LiteralSearch }>();
  readonly #prefixes = new Map<number, Placed>();
  readonly #numbers = new Map<string, { readonly source: Source; readonly code: string }>();
  readonly #same = new Map<string, Source>();
  #guessed = false;

  constructor(
    code: Code<FilterConstant>,
    kernel: LineKernel,
    texts: LineTexts<E>,
    conditions: readonly CheckedCondition[],
  ) {
    this.#code = code;
    this.#kernel = kernel;
    this.#texts = texts;
    const leaves = conditions.flatMap((condition) => leavesOf(this.#split(condition)));
    this.#placeSearches(leaves);
    this.#placePrefixes(leaves);
  }

  /** What must hold wherever the condition may hold; `certain`: only there. */
  bounds(condition: CheckedCondition): { readonly bounded: Bounded; readonly certain: boolean } {
    this.#guessed = false;
    const bounded = this.#bound(this.#split(condition), true);
    return { bounded, certain: !this.#guessed };
  }

  #bound(condition: CheckedCondition, upper: boolean): Bounded {
    const part = condition.kind === 'constant' ? undefined : this.#recurringPart(condition);
    if (part !== undefined) return this.#remembered(part, condition);
    switch (condition.kind) {
      case 'constant':
        return condition.value ? maybe : never;
      case 'not':
        return negated(this.#bound(condition.child, !upper));
      case 'and':
      case 'or': {
        // What is asked of one part that comes again is one question.
        const groups = Map.groupBy(condition.children, (child, n) => this.#recurringPart(child) ?? `child ${n}`);
        const children = Array.from(groups.values(), (group) =>
          group.length === 1 && group[0] ? group[0] : { kind: condition.kind, children: group },
        );
        return joined(
          condition.kind,
          children.map((child) => this.#bound(child, upper)),
        );
      }
      case 'leaf': {
        const bounded = this.#leaf(condition);
        if (bounded !== undefined) return bounded;
        this.#guessed = true;
        return upper ? maybe : never;
      }
    }
  }

  #leaf(leaf: Leaf): Bounded | undefined {
    const [read, other, ...more] = readsOfLeaf(leaf);
    if (read === undefined || more.length > 0) return undefined;
    if (other !== undefined) return this.#sameParts(leaf, read, other);
    if (read.field.name === 'evt.num') return comparedNum(leaf);
    const stands = this.#texts.standsOf(read);
    switch (stands?.as) {
      case undefined:
        return undefined;
      case 'constant':
        return interpret(leaf, () => stands.value) ? maybe : never;
      case 'uint':
      case 'millis':
        return compared(this.#number(stands.as, stands.part), leaf);
      case 'text':
        return this.#textLeaf(stands, leaf);
    }
  }

  #textLeaf(stands: TextStands, leaf: Leaf): Bounded {
    const { value, test } = leaf;
    if (stands.read === undefined && value.kind === 'length') {
      const length = compared(this.#number('length', stands.part), { value: value.of, test });
      if (length) return length;
    }
    if (stands.read === undefined && value.kind === 'field' && test.kind === 'always') {
      return this.#isSame(stands.part, stands.part);
    }
    const cutOut = `${this.#code.constant({ kind: 'cut-out', leaf: () => leaf })}()`;
    const search = this.#searches.get(keyOfValue(value));
    const bit = search?.bits.get(keyOfTest(test));
    if (search && bit !== undefined) {
      const bits = { word: search.source.at + 1 + (bit >> 5), mask: 1 << (bit & 31) };
      const atom: Atom = { kind: 'atom', source: search.source, bits, rank: search.search.ranks[bit] ?? 1 };
      return search.search.exact[bit] ? atom : { ...atom, code: cutOut };
    }
    const prefixes = value.kind === 'field' && stands.read === undefined ? this.#prefixes.get(stands.part) : undefined;
    const group = prefixes?.bits.get(keyOfTest(test));
    if (prefixes && group !== undefined) {
      return { kind: 'atom', source: prefixes.source, bits: { mask: 1 << group }, code: cutOut, rank: 0.1 };
    }
    return { kind: 'atom', code: cutOut, rank: 0 };
  }

  /** Two parts, equal byte for byte. */
  #sameParts({ value, test }: Leaf, left: FieldRead, right: FieldRead): Bounded | undefined {
    if (value !== left || test.kind !== 'right' || test.relation !== '=' || test.right !== right) return undefined;
    const [part, other] = [left, right].map((read) => {
      const stands = this.#texts.standsOf(read);
      return stands?.as === 'text' && stands.read === undefined ? stands.part : undefined;
    });
    if (part === undefined || other === undefined) return undefined;
    return this.#isSame(part, other);
  }

  /** A part without value is not even the same as itself. */
  #isSame(part: number, other: number): Bounded {
    const key = `${part} ${other}`;
    const source = this.#same.get(key) ?? this.#kernel.askSame(part, other);
    this.#same.set(key, source);
    return { kind: 'atom', source, bits: { mask: 1 }, opposite: 2, rank: 4 };
  }

  #remembered(part: number, condition: CheckedCondition): Bounded {
    let memory = this.#memories.get(part);
    if (memory === undefined || memory.conditions.length === maxBits) {
      const conditions: CheckedCondition[] = [];
      memory = {
        conditions,
        source: this.#kernel.askRemembered(
          part,
          this.#texts.judge(part, () => conditions),
        ),
      };
      this.#memories.set(part, memory);
      this.recalled.push(conditions);
    }
    memory.conditions.push(condition);
    const mask = 1 << (memory.conditions.length - 1);
    return { kind: 'atom', source: memory.source, bits: { mask }, rank: commonness(condition) };
  }

  /** The part that alone decides the condition, if its texts come again. */
  #recurringPart(condition: CheckedCondition): number | undefined {
    const parts = new Set<number | undefined>();
    for (const read of leavesOf(condition).flatMap(readsOfLeaf)) {
      const stands = this.#texts.standsOf(read);
      parts.add(stands?.as === 'text' && stands.recurs ? stands.part : undefined);
    }
    const [part] = parts;
    return parts.size === 1 ? part : undefined;
  }

  #split(condition: CheckedCondition): CheckedCondition {
    return splitLeaves(condition, (leaf) => this.#passing(leaf) !== undefined);
  }

  /** A field as it is, in a text that does not come again. */
  #passing({ value }: Leaf): TextStands | undefined {
    const stands = value.kind === 'field' ? this.#texts.standsOf(value) : undefined;
    return stands?.as === 'text' && !stands.recurs ? stands : undefined;
  }

  #number(as: 'uint' | 'millis' | 'length', part: number): { readonly source: Source; readonly code: string } {
    const key = `${as} ${part}`;
    const number = this.#numbers.get(key) ?? this.#kernel.askNumber(as, part);
    this.#numbers.set(key, number);
    return number;
  }

  #placeSearches(leaves: readonly Leaf[]): void {
    const wanted = new Map<string, { stands: TextStands; needs: Map<string, Needed> }>();
    for (const leaf of leaves) {
      const stands = this.#passing(leaf);
      // What a field makes of its part the kernel does not know, save decoding.
      const needed = stands && (!stands.read || stands.decoded) ? neededBy(leaf.test) : undefined;
      if (!stands || !needed) continue;
      const key = keyOfValue(leaf.value);
      const group = wanted.get(key) ?? { stands, needs: new Map<string, Needed>() };
      group.needs.set(keyOfTest(leaf.test), needed);
      wanted.set(key, group);
    }
    for (const [key, { stands, needs }] of wanted) {
      const search = literalSearch(stands.decoded === true, [...needs.values()]);
      if (search === undefined) continue;
      this.#searches.set(key, {
        search,
        bits: numbered(needs.keys()),
        source: this.#kernel.askSearch(stands.part, search),
      });
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
      const source = this.#kernel.askPrefixes(part, prefixTable([...groups.values()]));
      this.#prefixes.set(part, { bits: numbered(groups.keys()), source });
    }
  }
}

interface Memory {
  readonly conditions: CheckedCondition[];
  readonly source: Source;
}

/** The bits of a source, by the key of the test. */
interface Placed {
  readonly bits: ReadonlyMap<string, number>;
  readonly source: Source;
}

function numbered(keys: Iterable<string>): ReadonlyMap<string, number> {
  return new Map(Array.from(keys, (key, n) => [key, n]));
}

function leavesOf(condition: CheckedCondition): readonly Leaf[] {
  return condition.kind === 'leaf' ? [condition] : childrenOf(condition).flatMap(leavesOf);
}
