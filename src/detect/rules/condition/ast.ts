/**
 * The tree that a condition's text parses to, before anything is known about fields. Texts are as written in the rules
 * file (UTF-16, escapes resolved); `check.ts` turns them into byte strings. Nodes are immutable and may be shared:
 * a macro's tree stands in many conditions.
 */

/** Where a node's text begins and ends: 0-based offsets into the text given to `parseCondition`, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const stringOperators = [
  '==',
  '=',
  '!=',
  'glob',
  'iglob',
  'contains',
  'icontains',
  'bcontains',
  'startswith',
  'bstartswith',
  'endswith',
  'regex',
] as const;
export const numberOperators = ['<=', '<', '>=', '>'] as const;
export const listOperators = ['intersects', 'in', 'pmatch'] as const;
export const modifiers = ['oneof', 'anyof', 'allof'] as const;
export const transformerNames = ['tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'] as const;

export type Operator =
  | 'exists'
  | (typeof stringOperators)[number]
  | (typeof numberOperators)[number]
  | (typeof listOperators)[number];
export type Modifier = (typeof modifiers)[number];
export type TransformerName = (typeof transformerNames)[number];

/** Every operator, in the order in which Falco's messages list them. Exceptions' `comps` are validated against it. */
export const operators: readonly Operator[] = ['exists', ...numberOperators, ...stringOperators, ...listOperators];

/** `and`, `or`: two or more children. */
interface Junction extends Span {
  readonly kind: 'and' | 'or';
  readonly children: readonly Expr[];
}

interface Negation extends Span {
  readonly kind: 'not';
  readonly child: Expr;
}

/** A one-word name: always a macro. */
export interface MacroReference extends Span {
  readonly kind: 'macro';
  readonly name: string;
}

export interface Check extends Span {
  readonly kind: 'check';
  readonly left: FieldExpr;
  readonly operator: Operator;
  readonly modifier?: Modifier;
  /** Absent for `exists` only. */
  readonly right?: Constant | ConstantList | FieldExpr | Val;
}

export type Expr = Junction | Negation | MacroReference | Check;

/** A field, or a transformer of fields: what may stand left of an operator and in an output. */
export type FieldExpr = Field | Transformer;

export interface Field extends Span {
  readonly kind: 'field';
  readonly name: string;
  /** The text between the brackets, without quotes; `''` for `['']`, absent without brackets. */
  readonly arg?: string;
}

export interface Transformer extends Span {
  readonly kind: 'transformer';
  readonly name: TransformerName;
  readonly args: readonly TransformerArg[];
  /** `getopt(…)[c]`. */
  readonly arg?: string;
}

/** `val(field)`: a field on the right-hand side. */
export interface Val extends Span {
  readonly kind: 'val';
  readonly field: Field;
  readonly arg?: string;
}

export type TransformerArg = FieldExpr | Constant | TransformerList;

/** `(a.b, 'text', 5)` as a transformer's argument. */
export interface TransformerList extends Span {
  readonly kind: 'transformer-list';
  readonly items: readonly (FieldExpr | Constant)[];
}

export interface Constant extends Span {
  readonly kind: 'constant';
  readonly text: string;
}

export interface ConstantList extends Span {
  readonly kind: 'list';
  readonly items: readonly Constant[];
}
