import { listOperators, modifiers, operators, stringOperators } from '../condition/ast.ts';

const known: ReadonlySet<string> = new Set(operators);
const lists: ReadonlySet<string> = new Set(listOperators);
/** `startswith oneof` and the like, with one blank as Falco wants it: their value is a list. */
const modified: ReadonlySet<string> = new Set(
  stringOperators.flatMap((operator) => modifiers.map((modifier) => `${operator} ${modifier}`)),
);

/** True for what may compare a field in the list form of an exception. */
export function isComparison(comparison: string): boolean {
  return known.has(comparison) || modified.has(comparison);
}

/** True where the value is a list. Only these compare the field of an exception's scalar form. */
export function takesList(comparison: string): boolean {
  return lists.has(comparison) || modified.has(comparison);
}
