import type { ScalarStyle } from '../load/yaml-node.ts';

/** Whether a token stands: one before a text that may turn out to be a key waits for the `:`. */
export type TokenStatus = 'valid' | 'invalid' | 'unverified';

interface Token {
  status: TokenStatus;
  /** Of its first character. */
  readonly offset: number;
  /** Behind its last one. */
  readonly end: number;
}

/** Tokens that say only that they are there. Starts and ends of blocks stand for indentation. */
export type MarkKind =
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-map-start'
  | 'block-sequence-end'
  | 'block-map-end'
  | 'block-entry'
  | 'flow-sequence-start'
  | 'flow-map-start'
  | 'flow-sequence-end'
  | 'flow-map-end'
  | 'flow-entry'
  | 'key'
  | 'value';

export interface MarkToken extends Token {
  readonly kind: MarkKind;
}

export interface ScalarToken extends Token {
  readonly kind: 'scalar';
  readonly style: ScalarStyle;
  readonly text: string;
}

interface NameToken extends Token {
  readonly kind: 'anchor' | 'alias';
  readonly name: string;
}

/** `!<verbatim>`, or `handle` and `suffix`: `!e!x` has `!e!` and `x`, `!x` has `!` and `x`, `!!x` has `!!` and `x`. */
export interface TagToken extends Token {
  readonly kind: 'tag';
  readonly handle: string;
  readonly suffix: string;
}

export interface DirectiveToken extends Token {
  readonly kind: 'directive';
  readonly name: string;
  readonly parameters: readonly string[];
}

export type YamlToken = MarkToken | ScalarToken | NameToken | TagToken | DirectiveToken;
