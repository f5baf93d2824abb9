import { once } from '../../../base/once.ts';
import type { EventField, EventValue, LineOrigin, Stands } from '../../formats/format.ts';
import type { CheckedCondition, FieldRead, Leaf } from '../condition/checked.ts';
import { holds, interpret } from '../condition/interpret.ts';
import { readsOfLeaf } from '../condition/reads.ts';
import type { LineKernel } from './line-kernel.ts';

/** Interprets what is asked of a text of a line, where its bytes alone do not tell. */
export class LineTexts<E> {
  readonly #fields: ReadonlyMap<string, EventField<E>>;
  readonly #geo: LineOrigin['geo'];

  constructor(fields: readonly EventField<E>[], geo: LineOrigin['geo']) {
    this.#fields = new Map(fields.map((field) => [field.name, field]));
    this.#geo = geo;
  }

  standsOf({ field, arg }: FieldRead): Stands | undefined {
    return arg === undefined ? this.#fields.get(field.name)?.stands : undefined;
  }

  /** Says whether the leaf, which reads one field only, holds for the line that the kernel stopped at. It is asked for then. */
  cutOut(leaf: () => Leaf, kernel: Pick<LineKernel, 'text'>): () => boolean {
    const asked = once(() => this.#cutOut(leaf(), kernel));
    return () => asked()();
  }

  #cutOut(leaf: Leaf, kernel: Pick<LineKernel, 'text'>): () => boolean {
    const [only] = readsOfLeaf(leaf);
    const stands = only && this.standsOf(only);
    if (stands?.as !== 'text') throw new Error('a check of what is no text of a line');
    const { value, test } = leaf;
    const { part, read } = stands;
    if (value.kind !== 'field') {
      const says = this.judge(part, () => [leaf]);
      return () => says(kernel.text(part)) !== 0;
    }
    return () => {
      const text = kernel.text(part);
      const isThere = text !== '' && text !== '-';
      const came = isThere && read ? read(text, this.#geo) : text;
      return isThere && came !== undefined && holds(test, came, () => undefined);
    };
  }

  /** Says of the part's text which of the conditions it meets, one bit for each. They are asked for then. */
  judge(part: number, conditions: () => readonly CheckedCondition[]): (text: string) => number {
    return (text) => {
      const nothing = text === '' || text === '-';
      const read = ({ field }: FieldRead): EventValue | undefined => {
        const stands = this.#fields.get(field.name)?.stands;
        if (nothing || stands?.as !== 'text' || stands.part !== part) return undefined;
        return stands.read ? stands.read(text, this.#geo) : text;
      };
      return conditions().reduce((bits, condition, n) => (interpret(condition, read) ? bits | (1 << n) : bits), 0);
    };
  }
}
