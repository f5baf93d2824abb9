import {
  type Check,
  type Constant,
  type ConstantList,
  type Expr,
  type FieldExpr,
  type Modifier,
  type Operator,
  type Val,
  listOperators,
  modifiers,
  numberOperators,
  operators,
  stringOperators,
  transformerNames,
} from './ast.ts';
import { FieldParser } from './parse-field.ts';
import { Scanner, SyntaxFault, type SyntaxPosition, syntaxPosition } from './scan.ts';

/**
 * Falco's condition grammar by recursive descent, choice for choice as libsinsp's parser takes them: its prefix matches
 * (`existsand`), its forgiven errors (first element of a list) and its messages are part of the language.
 *
 *   or    = and { "or" … }      and = not { "and" … }      not = { "not" } ( "not(" or ")" | check )
 *   check = "(" or ")" | field-or-transformer operator right | macro
 */

export type Parsed =
  | { readonly ok: true; readonly expr: Expr }
  | { readonly ok: false; readonly message: string; readonly at: SyntaxPosition };

/** Parses a whole condition, after the list pass, before the macro pass. Never throws. */
export function parseCondition(text: string): Parsed {
  if (text === '') return { ok: false, message: 'filter input string is empty', at: { index: 0, line: 1, column: 1 } };
  const scanner = new Scanner(text);
  try {
    const expr = new Parser(scanner).parseOr();
    if (!scanner.atEnd) scanner.fail(`unexpected token after '${scanner.token}', expecting 'or', 'and'`);
    return { ok: true, expr };
  } catch (fault) {
    if (fault instanceof SyntaxFault) {
      return { ok: false, message: fault.message, at: syntaxPosition(text, fault.index) };
    }
    throw fault;
  }
}

/**
 * The field or transformer that begins at `start`, looking no further than `end`. Text may follow it: `t.num, and` gives
 * `t.num`. Undefined when none begins there.
 */
export function parseFieldExpression(
  text: string,
  start: number,
  end: number = text.length,
): { readonly expr: FieldExpr; readonly end: number } | undefined {
  const scanner = new Scanner(text.slice(0, end), start);
  try {
    const expr = new FieldParser(scanner).takeFieldExpr();
    return expr && { expr, end: scanner.index };
  } catch (fault) {
    if (fault instanceof SyntaxFault) return undefined;
    throw fault;
  }
}

/** Far above any field expression in use; keeps a hostile template from costing quadratic time. */
const longestField = 4096;

/**
 * What stands behind a `%` of an output: the longest text from `start` on that parses as field or transformer and that
 * `accept` answers with a value (it knows the fields). `%t.numfoo` is `t.num` and the text `foo` where no field is
 * called `t.numfoo`.
 */
export function longestFieldExpression<T>(
  text: string,
  start: number,
  accept: (expr: FieldExpr) => T | undefined,
): { readonly value: T; readonly end: number } | undefined {
  let end = Math.min(text.length, start + longestField);
  while (end > start) {
    const parsed = parseFieldExpression(text, start, end);
    const value = parsed && accept(parsed.expr);
    if (parsed !== undefined && value !== undefined) return { value, end: parsed.end };
    end = shorterEnd(text, start, Math.min(end, parsed?.end ?? end));
  }
  return undefined;
}

/** The next place before `end` where a field expression can end: in its first word, or behind a bracket. */
function shorterEnd(text: string, start: number, end: number): number {
  word.lastIndex = start;
  word.test(text);
  const wordEnd = word.lastIndex;
  let shorter = end - 1;
  while (shorter > wordEnd && text[shorter - 1] !== ')' && text[shorter - 1] !== ']') shorter--;
  return shorter;
}

const word = /[a-zA-Z0-9_.]*/y;

const listedTransformers = ['val', ...transformerNames].map((name) => `'${name}'`).join(', ');
const listedOperators = operators.map((operator) => `'${operator}'`).join(', ');
const symbolOperators = stringOperators.filter((operator) => !/[a-z]/.test(operator));
const wordOperators = stringOperators.filter((operator) => /[a-z]/.test(operator));

class Parser {
  readonly #scanner: Scanner;
  readonly #fields: FieldParser;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
    this.#fields = new FieldParser(scanner);
  }

  parseOr(): Expr {
    return this.#parseJunction('or', () => this.#parseAnd());
  }

  #parseAnd(): Expr {
    return this.#parseJunction('and', () => this.#parseNot());
  }

  #parseJunction(kind: 'and' | 'or', parseChild: () => Expr): Expr {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    const first = parseChild();
    const children = [first];
    scanner.skipBlanks();
    while (scanner.takeLiteral(kind)) {
      if (scanner.skipBlanks()) children.push(parseChild());
      else if (scanner.takeLiteral('(')) children.push(this.#parseParenthesised());
      else scanner.fail(`expected blank or '(' after '${kind}'`);
      scanner.skipBlanks();
    }
    return children.length === 1 ? first : { kind, children, start: first.start, end: scanner.tokenEnd };
  }

  #parseNot(): Expr {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    const start = scanner.index;
    let negated = false;
    while (scanner.take('not')) negated = !negated;
    let child: Expr;
    if (scanner.takeLiteral('not(')) {
      negated = !negated;
      child = this.#parseParenthesised();
    } else {
      child = this.#parseCheck();
    }
    return negated ? { kind: 'not', child, start, end: scanner.tokenEnd } : child;
  }

  /** What follows a `(` that was taken. */
  #parseParenthesised(): Expr {
    return this.#fields.nested(() => {
      const child = this.parseOr();
      this.#scanner.skipBlanks();
      if (!this.#scanner.takeLiteral(')')) this.#scanner.fail("expected a ')' token");
      return child;
    });
  }

  #parseCheck(): Expr {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    if (scanner.takeLiteral('(')) return this.#parseParenthesised();
    const start = scanner.index;
    const left = this.#fields.takeFieldExpr();
    if (left !== undefined) return this.#parseTest(left);
    if (scanner.take('identifier')) return { kind: 'macro', name: scanner.token, start, end: scanner.index };
    return scanner.fail("expected a '(' token, a field check, or an identifier");
  }

  #parseTest(left: FieldExpr): Check {
    const scanner = this.#scanner;
    const { start } = left;
    scanner.skipBlanks();
    if (scanner.takeLiteral('exists')) return { kind: 'check', left, operator: 'exists', start, end: scanner.index };
    const check = (operator: Operator, right: Check['right'], modifier?: Modifier): Check => ({
      kind: 'check',
      left,
      operator,
      ...(right && { right }),
      ...(modifier && { modifier }),
      start,
      end: scanner.tokenEnd,
    });

    const numeric = scanner.takeOneOf(numberOperators);
    if (numeric) return check(numeric, this.#parseNumber());

    const symbol = scanner.takeOneOf(symbolOperators);
    const string = symbol ?? scanner.takeWordOf(wordOperators);
    if (string) {
      const modifier = symbol === undefined || scanner.skipBlanks() ? this.#takeModifier() : undefined;
      return check(string, modifier ? this.#parseModified() : this.#parseString(), modifier);
    }

    const list = scanner.takeOneOf(listOperators);
    if (list) return check(list, this.#parseListOrField());

    return scanner.fail(`expected a valid check operator: one of ${listedOperators}`);
  }

  /** `oneof`, `anyof`, `allof` when a list or name follows; otherwise the word is a value: `x = oneof`. */
  #takeModifier(): Modifier | undefined {
    const scanner = this.#scanner;
    const { index, token, tokenEnd } = scanner;
    const modifier = scanner.takeWordOf(modifiers);
    const listFollows = scanner.seesLiteral('(') || scanner.sees('identifier');
    if (modifier && listFollows && !scanner.seesWordOf(['and', 'or', 'not'])) return modifier;
    Object.assign(scanner, { index, token, tokenEnd });
    return undefined;
  }

  #parseNumber(): Constant | FieldExpr | Val {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    return (
      this.#fields.takeRightField() ??
      this.#fields.takeNumber() ??
      scanner.fail(`expected a number value or a field with a valid transformer: ${listedTransformers}`)
    );
  }

  #parseString(): Constant | FieldExpr | Val {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    return (
      this.#fields.takeRightField() ??
      this.#takeString() ??
      scanner.fail(`expected a string value or a field with a valid transformer: ${listedTransformers}`)
    );
  }

  #parseModified(): ConstantList | Constant {
    return this.#takeList() ?? this.#takeName() ?? this.#scanner.fail('expected a list or an identifier');
  }

  #parseListOrField(): Constant | ConstantList | FieldExpr | Val {
    const scanner = this.#scanner;
    scanner.skipBlanks();
    return (
      this.#takeList() ??
      this.#fields.takeRightField() ??
      this.#takeName() ??
      scanner.fail(`expected a list, an identifier, or a field with a valid transformer: ${listedTransformers}`)
    );
  }

  #takeList(): ConstantList | undefined {
    const scanner = this.#scanner;
    const start = scanner.index;
    if (!scanner.takeLiteral('(')) return undefined;
    const items: Constant[] = [];
    const first = this.#takeFirstItem();
    if (first) {
      items.push(first);
      scanner.skipBlanks();
      while (scanner.takeLiteral(',')) {
        scanner.skipBlanks();
        items.push(this.#takeString() ?? scanner.fail('expected a string value'));
        scanner.skipBlanks();
      }
    }
    if (!scanner.takeLiteral(')')) scanner.fail("expected a ')' token");
    return { kind: 'list', items, start, end: scanner.index };
  }

  /** Falco takes any error in the first element for an empty list: `x in ("a\q")` is `x in ()`. */
  #takeFirstItem(): Constant | undefined {
    this.#scanner.skipBlanks();
    try {
      return this.#takeString();
    } catch (fault) {
      if (fault instanceof SyntaxFault) return undefined;
      throw fault;
    }
  }

  #takeString(): Constant | undefined {
    const scanner = this.#scanner;
    const start = scanner.index;
    if (!scanner.takeQuoted() && !scanner.take('bareString')) return undefined;
    return { kind: 'constant', text: scanner.token, start, end: scanner.index };
  }

  #takeName(): Constant | undefined {
    const scanner = this.#scanner;
    const start = scanner.index;
    if (!scanner.take('identifier')) return undefined;
    return { kind: 'constant', text: scanner.token, start, end: scanner.index };
  }
}
