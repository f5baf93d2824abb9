import type { Constant, ConstantList, Expr, Field, FieldExpr, TransformerArg, Val } from './ast.ts';

/**
 * The canonical text of a condition, byte for byte what Falco prints (`falco -L`, the conformance data). Junctions are
 * in parentheses, `not` is not; it parses back to the same tree except where Falco prints what it cannot read (an empty
 * value prints as nothing).
 */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return `(${expr.children.map(printExpr).join(` ${expr.kind} `)})`;
    case 'not':
      return `not ${printExpr(expr.child)}`;
    case 'macro':
      return expr.name;
    case 'check': {
      const left = printFieldExpr(expr.left);
      if (expr.right === undefined) return `${left} ${expr.operator}`;
      const operator = expr.modifier === undefined ? expr.operator : `${expr.operator} ${expr.modifier}`;
      return `${left} ${operator} ${printRight(expr.right)}`;
    }
  }
}

/** The canonical text of a field or transformer: also the key of a field in `output_fields`. */
export function printFieldExpr(expr: FieldExpr): string {
  if (expr.kind === 'field') return expr.name + printArg(expr.arg);
  return `${expr.name}(${expr.args.map(printTransformerArg).join(',')})${printArg(expr.arg)}`;
}

function printRight(right: Constant | ConstantList | FieldExpr | Val): string {
  switch (right.kind) {
    case 'constant':
      return quoteIfNeeded(right.text);
    case 'list':
      return `(${right.items.map((item) => quoteIfNeeded(item.text)).join(', ')})`;
    case 'val':
      return `val(${printFieldExpr(right.field)})${printArg(right.arg)}`;
    case 'field':
    case 'transformer':
      return printFieldExpr(right);
  }
}

function printTransformerArg(arg: TransformerArg): string {
  switch (arg.kind) {
    case 'constant':
      return quoteIfNeeded(arg.text);
    case 'transformer-list':
      return `(${arg.items.map(printTransformerArg).join(',')})`;
    case 'field':
    case 'transformer':
      return printFieldExpr(arg);
  }
}

function printArg(arg: Field['arg']): string {
  if (arg === undefined) return '';
  return arg === '' ? '[""]' : `[${quoteIfNeeded(arg)}]`;
}

const needsQuotes = /[\b\f\n\r\t =\\"']/;
const escaped = /[\b\f\n\r\t\\"]/g;
const escapes: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  '"': '\\"',
};

function quoteIfNeeded(text: string): string {
  return needsQuotes.test(text) ? `"${text.replace(escaped, (char) => escapes[char] ?? char)}"` : text;
}
