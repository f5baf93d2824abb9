import type { Span } from './ast.ts';

/** An error or warning about a condition or an output field. */
export interface ConditionFinding {
  /** Falco's code, or for hazards our own. */
  readonly code: string;
  readonly message: string;
  /**
   * The node it is about. Its offsets are into the text that the node was parsed from: a macro's own text for a node of
   * a macro, which the loader recognises by the node's identity.
   */
  readonly at: Span;
}

/** What ends a check: Falco stops at a condition's first error. Caught where checking begins. */
export class CheckFault extends Error {
  readonly at: Span;

  constructor(message: string, at: Span) {
    super(message);
    this.at = at;
  }
}

/**
 * Shapes on which Falco 0.44.1 does something that nobody means. We do the same, so that a file alerts alike in both
 * engines, and say so; where Falco reads undefined memory or crashes, the message says what we do.
 */
export type HazardCode =
  | 'FALCO_BUG_LIST_TRANSFORMER'
  | 'FALCO_BUG_RIGHT_TRANSFORMER'
  | 'FALCO_BUG_RIGHT_FIELD'
  | 'FALCO_BUG_NETWORK_MODIFIER'
  | 'FALCO_BUG_PMATCH_GLOBS'
  | 'FALCO_BUG_JOIN_MEMORY'
  | 'FALCO_BUG_VALUE_AS_TEXT'
  | 'FALCO_BUG_GETOPT_LENGTH';
