/** Something that the code of a filter asks of a line: a part's memory, a search, a number. Worked out at most once. */
export interface Source {
  /** Code that works it out: a number, 0 where none of its bits are set. */
  readonly code: string;
  /** What is likely to be 0, and cheap, goes first. */
  readonly rank: number;
}

/** One question put to a line's bytes. */
export interface Atom {
  readonly kind: 'atom';
  /** The atom is false where this is 0. */
  readonly source?: Source;
  /** Bits of `source` (of the word that `word` is, where the answer does not fit into `source` itself). */
  readonly bits?: { readonly word?: string; readonly mask: number };
  /** Code of what must hold besides. */
  readonly code?: string;
}

/** A condition over bytes. */
export type Bounded =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'not'; readonly child: Bounded }
  | { readonly kind: 'and' | 'or'; readonly children: readonly Bounded[] }
  | Atom;

export const never: Bounded = { kind: 'constant', value: false };
export const maybe: Bounded = { kind: 'constant', value: true };

export function negated(child: Bounded): Bounded {
  if (child.kind === 'constant') return child.value ? never : maybe;
  return child.kind === 'not' ? child.child : { kind: 'not', child };
}

export function joined(kind: 'and' | 'or', children: readonly Bounded[]): Bounded {
  const decisive = kind === 'or';
  const flat = children.flatMap((child) => (child.kind === kind ? child.children : [child]));
  if (flat.some((child) => child.kind === 'constant' && child.value === decisive)) return decisive ? maybe : never;
  const open = flat.filter((child) => child.kind !== 'constant');
  const [only] = open;
  if (only === undefined) return decisive ? never : maybe;
  return open.length === 1 ? only : { kind, children: open };
}

/** What is left of the condition where the source is 0. */
export function without(condition: Bounded, source: Source): Bounded {
  switch (condition.kind) {
    case 'constant':
      return condition;
    case 'atom':
      return condition.source === source ? never : condition;
    case 'not':
      return negated(without(condition.child, source));
    case 'and':
    case 'or':
      return joined(
        condition.kind,
        condition.children.map((child) => without(child, source)),
      );
  }
}

export function sourcesOf(condition: Bounded): readonly Source[] {
  switch (condition.kind) {
    case 'constant':
      return [];
    case 'atom':
      return condition.source === undefined ? [] : [condition.source];
    case 'not':
      return sourcesOf(condition.child);
    case 'and':
    case 'or':
      return condition.children.flatMap(sourcesOf);
  }
}
