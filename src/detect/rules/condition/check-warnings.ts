import type { Check, Constant, ConstantList, Expr, FieldExpr, TransformerArg, Val } from './ast.ts';
import { transformerNames } from './ast.ts';
import type { FieldTable } from './field-table.ts';
import type { ConditionFinding } from './finding.ts';
import type { BaseOperator } from './operators.ts';

/** What Falco suspects of a constant: a field or transformer meant, a regex that needs no regex. */
export function constantWarnings(
  constant: Constant,
  operator: BaseOperator,
  fields: FieldTable,
): readonly ConditionFinding[] {
  const messages: string[] = [];
  const { text } = constant;
  if (operator === 'regex' && isPlain(text)) {
    const simpler = "such as '=', 'contains', 'startswith', 'endswith'";
    messages.push(`regex check with '${text}' may be optimized with simpler operators ${simpler}`);
  }
  const dense = /[ \t-\r]/.test(text) ? text.replace(/[ \t-\r]/g, '') : text;
  if (isField(dense, fields)) messages.push(`'${text}' may be a valid field misused as a const string value`);
  if (dense.endsWith(')') && ['val', ...transformerNames].some((name) => dense.startsWith(`${name}(`))) {
    messages.push(`'${text}' may be a valid field transformer misused as a const string value`);
  }
  return messages.map((message) => ({ code: 'LOAD_COMPILE_CONDITION', message, at: constant }));
}

function isField(text: string, fields: FieldTable): boolean {
  // A list may have thousands of constants, and to look a name up that is none takes long.
  const bracket = text.indexOf('[');
  if (fields.get(bracket < 0 ? text : text.slice(0, bracket)) === undefined) return false;
  const [, name, arg] = /^([^[]+)(?:\[([^\]]*)\])?$/.exec(text) ?? [];
  return name !== undefined && fields.lookup(name, arg).found;
}

/** True without regex specials, apart from an anchor or one of `.*` `.+` `.?` at either end. */
function isPlain(pattern: string): boolean {
  const { length } = pattern;
  for (let at = 0; at < length; at++) {
    const char = pattern.charAt(at);
    if ((at === 0 && char === '^') || (at === length - 1 && char === '$')) continue;
    const atEitherEnd = (at === 0 && length > 1) || at === length - 2;
    if (atEitherEnd && char === '.' && /[+*?]/.test(pattern.charAt(at + 1))) {
      at++;
      continue;
    }
    if (/[.+*?^$()[\]{}|\\]/.test(char)) return false;
  }
  return true;
}

/**
 * `<NA>` is what a missing value prints as, never what it compares as. Falco says so for the fields of the audit log
 * plugins only, once for a condition, and also where the condition has an error: then `bounds` end the search.
 */
export function unsafeNaWarning(
  expr: Expr,
  bounds: { readonly checks: number; readonly depth: number },
): readonly ConditionFinding[] {
  let left = bounds.checks;
  const find = (node: Expr, depth: number): Check | undefined => {
    if (left <= 0 || depth < 0) return undefined;
    switch (node.kind) {
      case 'and':
      case 'or':
        for (const child of node.children) {
          const found = find(child, depth - 1);
          if (found) return found;
        }
        return undefined;
      case 'not':
        return find(node.child, depth - 1);
      case 'macro':
        return undefined;
      case 'check':
        left--;
        return comparesWithNa(node) ? node : undefined;
    }
  };
  const at = find(expr, bounds.depth);
  const message = "comparison with '<NA>' is never true: a missing value equals nothing, use exists";
  return at ? [{ code: 'LOAD_UNSAFE_NA_CHECK', message, at }] : [];
}

function comparesWithNa({ left, operator, modifier, right }: Check): boolean {
  if (!naOperators.has(operator) || modifier || !right) return false;
  return /^(?:ka|jevt)\./.test(lastFieldOf(left) ?? '') && constantsOf(right).includes('<NA>');
}

const naOperators: ReadonlySet<string> = new Set(['==', '=', '!=', 'in', 'intersects', 'pmatch']);

function lastFieldOf(arg: TransformerArg): string | undefined {
  switch (arg.kind) {
    case 'constant':
      return undefined;
    case 'field':
      return arg.name;
    case 'transformer':
      return arg.args.map(lastFieldOf).findLast((name) => name !== undefined);
    case 'transformer-list':
      return arg.items.map(lastFieldOf).findLast((name) => name !== undefined);
  }
}

function constantsOf(node: Constant | ConstantList | FieldExpr | Val | TransformerArg): readonly string[] {
  switch (node.kind) {
    case 'constant':
      return [node.text];
    case 'list':
    case 'transformer-list':
      return node.items.flatMap(constantsOf);
    case 'transformer':
      return node.args.flatMap(constantsOf);
    case 'field':
    case 'val':
      return [];
  }
}
