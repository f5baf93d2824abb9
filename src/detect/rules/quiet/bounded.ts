/** An answer that the kernel has for every line: bits, or a number. */
export interface Source {
  /** Which i32 of the kernel's memory holds the bits; for a number, the bits of the intervals that it lies in. */
  readonly at: number;
  /** Code that gives the bits, 0 where none is set; none for a number. */
  readonly code?: string;
}

/** From and to, both included. */
export type Interval = readonly [number, number];

/** One question put to a line's bytes. */
export interface Atom {
  readonly kind: 'atom';
  /** What has to be known of the source for the atom to hold: one of the bits, or a number in one of the intervals. */
  readonly source?: Source;
  /** Bits of `source`, or where they do not fit into it, of the i32 `word`. */
  readonly bits?: { readonly word?: number; readonly mask: number };
  readonly intervals?: readonly Interval[];
  /** Code of what must hold besides; for a number, of all. */
  readonly code?: string;
  /** A guess at how common it is, below 1 for what is rare: the rarer, the better a reason for a closer look. */
  readonly rank: number;
  /** The bits of the source that say the opposite. */
  readonly opposite?: number;
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
  if (child.kind === 'atom' && child.bits && child.opposite !== undefined) {
    return { ...child, bits: { mask: child.opposite }, opposite: child.bits.mask };
  }
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

/** Atoms of which one must hold for the condition to hold. */
export interface Reason {
  readonly atoms: readonly Atom[];
  readonly rank: number;
}

/** Reasons that must all be there for the condition to hold, the rarest first; none where the kernel cannot tell any. */
export function reasonsOf(condition: Bounded): readonly Reason[] {
  const children = condition.kind === 'and' ? condition.children : [condition];
  return children.flatMap((child) => reasonOf(child) ?? []).sort((left, right) => left.rank - right.rank);
}

const known = new WeakMap<Bounded, Reason | { readonly none: true }>();

/** The rarest that the kernel can tell; undefined where there is none. */
export function reasonOf(condition: Bounded): Reason | undefined {
  const reason = known.get(condition) ?? findReason(condition) ?? { none: true };
  known.set(condition, reason);
  return 'none' in reason ? undefined : reason;
}

function findReason(condition: Bounded): Reason | undefined {
  switch (condition.kind) {
    case 'constant':
    case 'not':
      return undefined;
    case 'atom':
      return condition.source && { atoms: [condition], rank: condition.rank };
    case 'and': {
      const reasons = condition.children.flatMap((child) => reasonOf(child) ?? []);
      return reasons.sort((left, right) => left.rank - right.rank)[0];
    }
    case 'or': {
      const reasons = condition.children.flatMap((child) => reasonOf(child) ?? []);
      if (reasons.length < condition.children.length) return undefined;
      return { atoms: reasons.flatMap(({ atoms }) => atoms), rank: Math.max(...reasons.map(({ rank }) => rank)) };
    }
  }
}
