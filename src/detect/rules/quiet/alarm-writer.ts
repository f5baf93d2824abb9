import { type Bounded, joined, type Source, sourcesOf, without } from './bounded.ts';

/**
 * Writes what makes a line worth a closer look as statements that return false. Checks that cannot hold where a source
 * is 0 stand behind one look at it:
 *
 *   let s0 = -1, s1 = -1;
 *   if (n0 === 463) return false;
 *   if ((s0 = k3(bytes, b[22], b[23])) !== 0 && ((k4[0] & 12) !== 0 || …)) return false;
 */
export class AlarmWriter {
  readonly #names = new Map<Source, string>();
  /** Sources that every line was asked for by then. */
  readonly #asked = new Set<Source>();

  write(alarm: Bounded): string[] {
    const alternatives = alarm.kind === 'or' ? alarm.children : [alarm];
    const groups = Map.groupBy(alternatives, decidingSource);
    const ranked = [...groups].sort(([left], [right]) => (left?.rank ?? -1) - (right?.rank ?? -1));
    const statements = ranked.map(([source, group]) => {
      if (source === undefined) return `if (${this.#code(joined('or', group))}) return false;`;
      const name = this.#name(source);
      const asked = this.#asked.has(source) ? name : `(${name} = ${source.code})`;
      this.#asked.add(source);
      return `if (${asked} !== 0 && (${this.#code(joined('or', group))})) return false;`;
    });
    const names = [...this.#names.values()];
    return [...(names.length > 0 ? [`let ${names.map((name) => `${name} = -1`).join(', ')};`] : []), ...statements];
  }

  #code(condition: Bounded): string {
    switch (condition.kind) {
      case 'constant':
        return String(condition.value);
      case 'not':
        return `!(${this.#code(condition.child)})`;
      case 'and':
      case 'or': {
        const operator = condition.kind === 'and' ? ' && ' : ' || ';
        const children = condition.kind === 'or' ? mergedBits(condition.children) : condition.children;
        return [...children]
          .sort((left, right) => cost(left) - cost(right))
          .map((child) => `(${this.#code(child)})`)
          .join(operator);
      }
      case 'atom': {
        const { source, bits, code } = condition;
        const parts: string[] = [];
        if (source && bits) {
          if (bits.word === undefined) parts.push(`(${this.#value(source)} & ${bits.mask}) !== 0`);
          else parts.push(`${this.#value(source)} !== 0`, `(${bits.word} & ${bits.mask}) !== 0`);
        }
        return [...parts, ...(code === undefined ? [] : [code])].join(' && ');
      }
    }
  }

  #value(source: Source): string {
    const name = this.#name(source);
    return this.#asked.has(source) ? name : `(${name} < 0 ? (${name} = ${source.code}) : ${name})`;
  }

  #name(source: Source): string {
    const name = this.#names.get(source) ?? `s${this.#names.size}`;
    this.#names.set(source, name);
    return name;
  }
}

/** The rarest source without which the condition cannot hold. */
function decidingSource(condition: Bounded): Source | undefined {
  const deciding = sourcesOf(condition).filter((source) => {
    const rest = without(condition, source);
    return rest.kind === 'constant' && !rest.value;
  });
  return deciding.sort((left, right) => left.rank - right.rank)[0];
}

/** Bits of one word that all mean the same are asked for together. */
function mergedBits(alternatives: readonly Bounded[]): readonly Bounded[] {
  const groups = Map.groupBy(alternatives, (one) =>
    one.kind === 'atom' && one.bits && one.code === undefined ? `${one.bits.word}` : one,
  );
  return Array.from(groups.values()).flatMap((group) => {
    const bySource = Map.groupBy(group, (one) => (one.kind === 'atom' ? one.source : undefined));
    return Array.from(bySource.values()).flatMap((same) => {
      const [first] = same;
      if (same.length < 2 || first?.kind !== 'atom' || !first.bits) return same;
      const mask = same.reduce((all, one) => (one.kind === 'atom' ? all | (one.bits?.mask ?? 0) : all), 0);
      return [{ ...first, bits: { ...first.bits, mask } }];
    });
  });
}

/** Checks have no effects: what is cheap goes first. */
function cost(condition: Bounded): number {
  if (condition.kind !== 'atom') return 2;
  return (condition.source ? 1 : 0) + (condition.code?.startsWith('k') ? 4 : 0);
}
