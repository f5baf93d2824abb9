import type { FieldSpec, FieldType } from '../../formats/format.ts';
import type { Check, Modifier } from './ast.ts';
import type { Network } from './address.ts';
import type { Glob } from './glob.ts';
import type { PathTree } from './pmatch.ts';
import type { Regex } from './regex.ts';
import type { StringMap } from './transform.ts';

/**
 * A condition after checking: fields are known, constants are of their field's type, every quirk of Falco is spelled
 * out in the tree. The interpreter and the code generator both work from it and need to know nothing else.
 */
export type CheckedCondition =
  | { readonly kind: 'and' | 'or'; readonly children: readonly CheckedCondition[] }
  | { readonly kind: 'not'; readonly child: CheckedCondition }
  | { readonly kind: 'constant'; readonly value: boolean }
  | Leaf;

/** One check. False when `value` has no value; otherwise what `test` says. */
export interface Leaf {
  readonly kind: 'leaf';
  readonly value: Value;
  readonly test: Test;
  /** The check as parsed, for `explain`; absent where it was not kept (packed.ts). */
  readonly source?: Check;
}

interface Typed {
  readonly type: FieldType;
  readonly list: boolean;
}

/** Something with a value for each event, or none. */
export type Value =
  | FieldRead
  | (Typed & { readonly kind: 'literal'; readonly text: string })
  /** The values of all items one after the other; no value when an item has none. Items may be lists. */
  | (Typed & { readonly kind: 'list'; readonly items: readonly Value[] })
  /** A string transformer. On a list, of each element, which then ends in a NUL byte: Falco leaves its terminator in. */
  | (Typed & { readonly kind: 'map'; readonly map: StringMap; readonly of: Value })
  /** Bytes of a string, elements of a list. */
  | (Typed & { readonly kind: 'length'; readonly of: Value })
  /** The first element of a list; none when it is empty. */
  | (Typed & { readonly kind: 'first'; readonly of: Value })
  | (Typed & { readonly kind: 'join'; readonly separator: Value; readonly of: Value })
  | (Typed & { readonly kind: 'concat'; readonly items: readonly Value[] })
  /** `getopt(of, optstring)`, the list; with `option`, the value of one. */
  | (Typed & { readonly kind: 'getopt'; readonly of: Value; readonly optstring: Value; readonly option?: string })
  /** A string to its first NUL, where C would read it so. */
  | (Typed & { readonly kind: 'cut'; readonly of: Value })
  /** A string with a NUL byte behind it, as a transformed one stands in a list. */
  | (Typed & { readonly kind: 'nul-ended'; readonly of: Value })
  /** The bytes that a number, a bool or an address is kept in, which Falco takes for text in some places; of a list's elements each. */
  | (Typed & { readonly kind: 'memory'; readonly of: Value })
  /** A number's decimal digits. */
  | (Typed & { readonly kind: 'digits'; readonly of: Value })
  /** What `address.ts` makes of a textual address, or of each in a list; no value for a text that is none. */
  | (Typed & { readonly kind: 'address'; readonly of: Value });

export type FieldRead = Typed & { readonly kind: 'field'; readonly field: FieldSpec; readonly arg?: string };

/** A constant of a field's type. ipaddr: the address as `address.ts` has it. ipnet: the network, equal to the addresses within. */
export type Operand = string | number | bigint | boolean | Network;

export type Relation = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type TextRelation = 'contains' | 'icontains' | 'startswith' | 'endswith';

/** What is asked of a present value. */
export type Test =
  | { readonly kind: 'always' | 'never' }
  | { readonly kind: 'compare'; readonly relation: Relation; readonly operand: Operand }
  /** For icontains, `text` is case-folded. */
  | { readonly kind: 'text'; readonly relation: TextRelation; readonly text: string }
  | { readonly kind: 'glob'; readonly glob: Glob; readonly pattern: string }
  | { readonly kind: 'regex'; readonly regex: Regex; readonly pattern: string }
  | { readonly kind: 'paths'; readonly tree: PathTree; readonly paths: readonly string[] }
  /** A scalar equals one of them. */
  | { readonly kind: 'member'; readonly operands: readonly Operand[] }
  /** Every element (`subset`) or some element (`overlap`) of a list equals one of them. */
  | { readonly kind: 'subset' | 'overlap'; readonly operands: readonly Operand[] }
  /** Exactly one, any, all of the tests; none of them when there are none. */
  | { readonly kind: 'modified'; readonly modifier: Modifier; readonly tests: readonly Test[] }
  /** Compared with another value of the same type; false when that has none. */
  | {
      readonly kind: 'right';
      readonly relation: Relation | TextRelation | 'glob' | 'iglob' | 'subset' | 'overlap';
      readonly right: Value;
    };
