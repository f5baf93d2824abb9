import type { Check, Constant, ConstantList, Expr, FieldExpr, Modifier, Operator, Span, Val } from './ast.ts';
import { ValueChecker, cut, falcoTypes, fieldName, isMadeOfSeveral, isTransformed } from './check-value.ts';
import { constantWarnings, unsafeNaWarning } from './check-warnings.ts';
import type { CheckedCondition, Leaf, Operand, Test, Value } from './checked.ts';
import { ConstantFault, coerceConstant, coerceHex } from './constants.ts';
import type { FieldTable } from './field-table.ts';
import { CheckFault, type ConditionFinding } from './finding.ts';
import { compileGlob, foldCase } from './glob.ts';
import { type BaseOperator, baseOperator, operatorProblem } from './operators.ts';
import { compilePaths, isAmbiguous } from './pmatch.ts';
import { compileRegex } from './regex.ts';

/**
 * Far more than any rule has; a chain of macros that each name the one before twice would otherwise expand without end.
 */
export const maxChecks = 50_000;

/** Deeper trees would not fit the stack of the passes behind this one. Only chains of macros can be so deep. */
export const maxDepth = 1500;

export interface CheckedResult {
  /** At most one: Falco stops at the first. */
  readonly errors: readonly ConditionFinding[];
  /** With Falco's codes, in Falco's order. */
  readonly warnings: readonly ConditionFinding[];
  /** Shapes that Falco gets wrong, with our codes: to be shown beside the warnings, not compared with Falco's. */
  readonly hazards: readonly ConditionFinding[];
  /** Absent when there is an error. */
  readonly condition?: CheckedCondition;
}

/**
 * Checks a condition without macros against the fields of its source and turns its constants into values. Never throws.
 * Called for every rule whose source is known, disabled ones too.
 */
export function checkCondition(expr: Expr, fields: FieldTable): CheckedResult {
  const checker = new ConditionChecker(fields);
  const unsafeNa = unsafeNaWarning(expr, { checks: maxChecks, depth: maxDepth });
  try {
    const condition = checker.check(expr, 0);
    return { errors: [], warnings: [...unsafeNa, ...checker.warnings], hazards: checker.hazards, condition };
  } catch (fault) {
    if (!(fault instanceof CheckFault)) throw fault;
    const { message, at } = fault;
    const errors = [{ code: 'LOAD_ERR_COMPILE_CONDITION', message, at }];
    // The others of Falco's warnings come of the compiled filter, which there is none of.
    return { errors, warnings: unsafeNa, hazards: checker.hazards };
  }
}

/** Checks a field or transformer of an output or of an exception's `fields`. Never throws. */
export function checkFieldExpression(
  expr: FieldExpr,
  fields: FieldTable,
):
  | { readonly ok: true; readonly value: Value; readonly hazards: readonly ConditionFinding[] }
  | { readonly ok: false; readonly message: string; readonly at: Span } {
  const checker = new ValueChecker(fields);
  try {
    return { ok: true, value: checker.check(expr), hazards: checker.hazards };
  } catch (fault) {
    if (!(fault instanceof CheckFault)) throw fault;
    return { ok: false, message: fault.message, at: fault.at };
  }
}

class ConditionChecker {
  readonly #fields: FieldTable;
  readonly #values: ValueChecker;
  readonly warnings: ConditionFinding[] = [];
  #checks = 0;

  constructor(fields: FieldTable) {
    this.#fields = fields;
    this.#values = new ValueChecker(fields);
  }

  get hazards(): readonly ConditionFinding[] {
    return this.#values.hazards;
  }

  check(expr: Expr, depth: number): CheckedCondition {
    if (depth > maxDepth) throw new CheckFault(`condition is nested deeper than ${maxDepth} levels`, expr);
    switch (expr.kind) {
      case 'and':
      case 'or':
        return { kind: expr.kind, children: expr.children.map((child) => this.check(child, depth + 1)) };
      case 'not':
        return { kind: 'not', child: this.check(expr.child, depth + 1) };
      case 'macro':
        throw new CheckFault(`filter error: unexpected identifier '${expr.name}'`, expr);
      case 'check':
        if (++this.#checks > maxChecks) throw new CheckFault(`condition has more than ${maxChecks} checks`, expr);
        return this.#leaf(expr);
    }
  }

  #leaf(source: Check): Leaf {
    const { operator, modifier, right } = source;
    const value = this.#values.check(source.left);
    const problem = operatorProblem(operator, modifier, value);
    if (problem) throw new CheckFault(`filter error: ${problem}`, source);
    if (operator === 'exists' || right === undefined) {
      return { kind: 'leaf', value, test: { kind: 'always' }, source };
    }
    const base = baseOperator(operator);
    const test =
      right.kind === 'constant' || right.kind === 'list'
        ? this.#constantTest(source, base, modifier, value, right)
        : this.#rightTest(source, base, value, right);
    return { kind: 'leaf', value: prepare(value, base, modifier), test, source };
  }

  #constantTest(
    source: Check,
    operator: BaseOperator,
    modifier: Modifier | undefined,
    value: Value,
    right: Constant | ConstantList,
  ): Test {
    const constants = right.kind === 'list' ? right.items : [right];
    for (const constant of constants) this.warnings.push(...constantWarnings(constant, operator, this.#fields));

    if (modifier) {
      const tests = constants.map((constant) => this.#scalarTest(operator, value, constant));
      const ignoresNetworks = (operator === '=' && modifier === 'anyof') || (operator === '!=' && modifier === 'allof');
      if (value.type !== 'ipnet' || !ignoresNetworks || tests.length === 0)
        return { kind: 'modified', modifier, tests };
      this.#values.warn('FALCO_BUG_NETWORK_MODIFIER', `${operator} ${modifier} compares no networks: use in`, source);
      return { kind: operator === '=' ? 'never' : 'always' };
    }
    if (operator === 'pmatch') {
      const paths = constants.map((constant) => stringOf(value, constant));
      const tree = compilePaths(paths);
      if (isAmbiguous(tree)) {
        this.#values.warn('FALCO_BUG_PMATCH_GLOBS', 'the result depends on the order of paths with globs', source);
      }
      return { kind: 'paths', tree, paths };
    }
    if (operator === 'in' || operator === 'intersects') {
      const operands = constants.map((constant) => operandOf(value, constant));
      if (!value.list) return { kind: 'member', operands };
      if (isTransformed(value) && operands.length > 0) {
        this.#values.warn('FALCO_BUG_LIST_TRANSFORMER', 'a transformed list never equals constants', source);
      }
      return { kind: operator === 'in' ? 'subset' : 'overlap', operands };
    }
    const [constant] = constants;
    return constant ? this.#scalarTest(operator, value, constant) : { kind: 'never' };
  }

  /** The test of one constant by an operator that takes one. */
  #scalarTest(operator: BaseOperator, value: Value, constant: Constant): Test {
    switch (operator) {
      case '=':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return { kind: 'compare', relation: operator, operand: operandOf(value, constant) };
      case 'contains':
      case 'startswith':
      case 'endswith':
        return { kind: 'text', relation: operator, text: stringOf(value, constant) };
      case 'bcontains':
        return { kind: 'text', relation: 'contains', text: placed(constant, coerceHex) };
      case 'bstartswith':
        return { kind: 'text', relation: 'startswith', text: placed(constant, coerceHex) };
      case 'icontains':
        return { kind: 'text', relation: operator, text: foldCase(stringOf(value, constant)) };
      case 'glob':
      case 'iglob': {
        const pattern = stringOf(value, constant);
        const glob = compileGlob(pattern, operator === 'iglob');
        return glob ? { kind: 'glob', glob, pattern } : { kind: 'never' };
      }
      case 'regex': {
        stringOf(value, constant);
        const compiled = compileRegex(constant.text);
        if (!compiled.ok) throw new CheckFault(`invalid regex pattern: ${compiled.message}`, constant);
        return { kind: 'regex', regex: compiled.regex, pattern: constant.text };
      }
      case 'in':
      case 'intersects':
      case 'pmatch':
        return { kind: 'never' };
    }
  }

  #rightTest(source: Check, operator: BaseOperator, value: Value, expr: FieldExpr | Val): Test {
    if (expr.kind === 'val' && expr.arg !== undefined) {
      throw new CheckFault("filter error: transformer 'val' does not support field arguments", expr);
    }
    const right = this.#values.check(expr.kind === 'val' ? expr.field : expr);
    if (operator === 'pmatch' || operator === 'regex') {
      throw new CheckFault(`operator '${operator.toUpperCase()}' doesn't support right-hand side fields`, expr);
    }
    if (value.type === 'ipnet') throw new CheckFault("field type 'IPNET' doesn't support right-hand side fields", expr);
    const sameType = value.type === right.type && value.list === right.list;
    if (isMadeOfSeveral(value)) {
      const oneOf = operator === 'in' || operator === 'intersects';
      const falco = oneOf ? 'nothing is in a field here' : 'Falco crashes here';
      this.#values.warn('FALCO_BUG_RIGHT_FIELD', `${falco}: compare with a constant, or the other way round`, source);
      if (oneOf || !sameType) return { kind: 'never' };
    }
    if (!sameType) {
      const left = `field '${fieldName(value)}' has type '${typeName(value)}'`;
      const other = `field '${fieldName(right)}' has incompatible type '${typeName(right)}'`;
      throw new CheckFault(`${left} while the right-hand side ${other}`, expr);
    }
    if (operator !== 'in' && operator !== 'intersects') {
      const relation = operator === 'bcontains' || operator === 'bstartswith' ? withoutHex[operator] : operator;
      return { kind: 'right', relation, right: prepare(right, operator, undefined) };
    }
    if (value.list) {
      if (isTransformed(value) !== isTransformed(right)) {
        this.#values.warn('FALCO_BUG_LIST_TRANSFORMER', 'a transformed list never equals one that is not', source);
      }
      return { kind: 'right', relation: operator === 'in' ? 'subset' : 'overlap', right: toAddresses(right) };
    }
    if (isTransformed(right)) {
      this.#values.warn('FALCO_BUG_RIGHT_TRANSFORMER', 'nothing is in a transformed field: use =', source);
      return { kind: 'never' };
    }
    return { kind: 'right', relation: '=', right: toAddresses(right) };
  }
}

/** `bcontains` and `bstartswith` differ from these only in how constants are written. */
const withoutHex = { bcontains: 'contains', bstartswith: 'startswith' } as const;

/** The value as the operator looks at it. */
function prepare(value: Value, operator: Operator, modifier: Modifier | undefined): Value {
  const looksAtAllBytes =
    operator === 'in' ||
    operator === 'intersects' ||
    operator === 'pmatch' ||
    operator === 'regex' ||
    (operator === '=' && modifier === 'anyof') ||
    (operator === '!=' && modifier === 'allof');
  return toAddresses(looksAtAllBytes ? value : cut(value));
}

function toAddresses(value: Value): Value {
  if (value.type !== 'ipaddr' && value.type !== 'ipnet') return value;
  return { kind: 'address', of: value, type: value.type, list: value.list };
}

function stringOf(value: Value, constant: Constant): string {
  const operand = operandOf(value, constant);
  return typeof operand === 'string' ? operand : '';
}

function operandOf(value: Value, constant: Constant): Operand {
  const values = value.kind === 'field' ? value.field.values : undefined;
  return placed(constant, (text) => {
    const operand = coerceConstant(value.type, text);
    if (values && !values.known.has(text)) throw new ConstantFault(`unknown ${values.noun} ${text}`);
    return operand;
  });
}

/** What `coerce` makes of the constant; its fault gets a place. */
function placed<T>(constant: Constant, coerce: (text: string) => T): T {
  try {
    return coerce(constant.text);
  } catch (fault) {
    if (fault instanceof ConstantFault) throw new CheckFault(fault.message, constant);
    throw fault;
  }
}

function typeName(value: Value): string {
  return falcoTypes[value.type] + (value.list ? ' (list)' : '');
}
