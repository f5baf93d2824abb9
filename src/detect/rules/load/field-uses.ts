import type { Check, Expr, Field, FieldExpr } from '../condition/ast.ts';

/** The checks of a condition without macros, left to right. */
export function* checksOf(expr: Expr): Generator<Check> {
  switch (expr.kind) {
    case 'and':
    case 'or':
      for (const child of expr.children) yield* checksOf(child);
      return;
    case 'not':
      yield* checksOf(expr.child);
      return;
    case 'check':
      yield expr;
      return;
    case 'macro':
      return;
  }
}

/** The plain fields in a field expression, transformers looked into. */
export function fieldsOf(expr: FieldExpr): readonly Field[] {
  if (expr.kind === 'field') return [expr];
  return expr.args.flatMap((arg) => {
    const parts = arg.kind === 'transformer-list' ? arg.items : [arg];
    return parts.flatMap((part) => (part.kind === 'constant' ? [] : fieldsOf(part)));
  });
}
