import type { CheckedCondition } from './checked.ts';
import { keyOfTest, keyOfValue } from './key.ts';

/** Finds conditions that mean the same, within one rule and between rules: macros put the same trees into many. */
export class Interner {
  readonly #ids = new Map<string, number>();
  readonly #uses: number[] = [];
  readonly #known = new WeakMap<CheckedCondition, number>();

  /** The same number for every condition that means the same. Call it once for each place that uses a condition. */
  add(condition: CheckedCondition): number {
    const id = this.#idOf(condition);
    this.#uses[id] = (this.#uses[id] ?? 0) + 1;
    return id;
  }

  idOf(condition: CheckedCondition): number {
    return this.#idOf(condition);
  }

  /** How many places use the condition; places inside one that is itself shared count once. */
  uses(condition: CheckedCondition): number {
    return this.#uses[this.#idOf(condition)] ?? 0;
  }

  #idOf(condition: CheckedCondition): number {
    const known = this.#known.get(condition);
    if (known !== undefined) return known;
    const shallow = this.#shallowKey(condition);
    let id = this.#ids.get(shallow);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(shallow, id);
      // First sight: this place's use of its children counts; later places reach them through the shared whole.
      for (const child of childrenOf(condition)) this.add(child);
    }
    this.#known.set(condition, id);
    return id;
  }

  #shallowKey(condition: CheckedCondition): string {
    if (condition.kind === 'constant') return String(condition.value);
    if (condition.kind === 'leaf') return `${keyOfValue(condition.value)} ${keyOfTest(condition.test)}`;
    return `${condition.kind} ${childrenOf(condition)
      .map((child) => this.#idOf(child))
      .join(' ')}`;
  }
}

export function childrenOf(condition: CheckedCondition): readonly CheckedCondition[] {
  if (condition.kind === 'not') return [condition.child];
  return condition.kind === 'and' || condition.kind === 'or' ? condition.children : [];
}
