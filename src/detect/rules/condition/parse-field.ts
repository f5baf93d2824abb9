import type { Constant, Field, FieldExpr, Transformer, TransformerArg, TransformerList, Val } from './ast.ts';
import { type TransformerName, transformerNames } from './ast.ts';
import type { Scanner } from './scan.ts';

/**
 * Falco 0.44 does not limit nesting and crashes where its stack ends; later releases stop at 198 parentheses. A level of
 * ours is up to three levels of the tree (`not (a and b or …`), and every pass over the tree must fit Node's stack.
 */
export const maxNesting = 400;

const transformerHeads = transformerNames.map((name): `${TransformerName}(` => `${name}(`);

/**
 * The part of the grammar that outputs share with conditions.
 *
 *   field       = name [ "[" argument "]" ]
 *   transformer = name "(" argument { "," argument } ")" [ "[" argument "]" ]
 */
export class FieldParser {
  readonly #scanner: Scanner;
  #nesting = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** Runs `parse` one level deeper; fails instead where the nesting would exceed `maxNesting`. */
  nested<T>(parse: () => T): T {
    if (this.#nesting >= maxNesting) this.#scanner.fail(`nested deeper than ${maxNesting} levels`);
    this.#nesting++;
    const result = parse();
    this.#nesting--;
    return result;
  }

  /** At the cursor, without blanks before it. Undefined when neither a field nor a transformer begins here. */
  takeFieldExpr(): FieldExpr | undefined {
    const start = this.#scanner.index;
    return this.#scanner.take('fieldName') ? this.#fieldRest(start) : this.#takeTransformer();
  }

  takeNumber(): Constant | undefined {
    const scanner = this.#scanner;
    const start = scanner.index;
    if (!scanner.take('hexNumber') && !scanner.take('decimalNumber')) return undefined;
    return { kind: 'constant', text: scanner.token, start, end: scanner.index };
  }

  /** `val(field)` or a transformer. A bare field name is a constant on this side. */
  takeRightField(): Transformer | Val | undefined {
    const scanner = this.#scanner;
    const start = scanner.index;
    if (!scanner.takeLiteral('val(')) return this.#takeTransformer();
    scanner.skipBlanks();
    const fieldStart = scanner.index;
    if (!scanner.take('fieldName')) scanner.fail("expected a field within 'val' transformer");
    const field = this.#fieldRest(fieldStart);
    scanner.skipBlanks();
    if (!scanner.takeLiteral(')')) scanner.fail("expected a ')' token closing the transformer");
    return { kind: 'val', field, ...this.#takeArgument(), start, end: scanner.index };
  }

  #fieldRest(start: number): Field {
    const name = this.#scanner.token;
    return { kind: 'field', name, ...this.#takeArgument(), start, end: this.#scanner.index };
  }

  #takeArgument(): { arg?: string } {
    const scanner = this.#scanner;
    if (!scanner.takeLiteral('[')) return {};
    if (!scanner.takeQuoted() && !scanner.take('bareArgument')) {
      scanner.fail('expected a valid field argument: a quoted string or a bare string');
    }
    const arg = scanner.token;
    if (!scanner.takeLiteral(']')) scanner.fail("expected a ']' token");
    return { arg };
  }

  #takeTransformer(): Transformer | undefined {
    const scanner = this.#scanner;
    const start = scanner.index;
    const head = scanner.takeOneOf(transformerHeads);
    if (head === undefined) return undefined;
    const name = transformerNames[transformerHeads.indexOf(head)];
    if (name === undefined) return undefined;
    return this.nested(() => {
      const args: TransformerArg[] = [];
      do {
        scanner.skipBlanks();
        args.push(this.#parseTransformerArg());
        scanner.skipBlanks();
      } while (scanner.takeLiteral(','));
      if (!scanner.takeLiteral(')')) scanner.fail("expected a ')' token closing the transformer");
      return { kind: 'transformer', name, args, ...this.#takeArgument(), start, end: scanner.index };
    });
  }

  #parseTransformerArg(): TransformerArg {
    const scanner = this.#scanner;
    const { index: start } = scanner;
    return (
      this.takeNumber() ??
      this.#takeQuotedConstant() ??
      this.#takeTransformerList(start) ??
      this.takeFieldExpr() ??
      scanner.fail(
        'expected field transformer argument: field, transformer, quoted string, number, or transformer list',
      )
    );
  }

  #takeTransformerList(start: number): TransformerList | undefined {
    const scanner = this.#scanner;
    if (!scanner.takeLiteral('(')) return undefined;
    const items: TransformerList['items'][number][] = [];
    scanner.skipBlanks();
    if (!scanner.takeLiteral(')')) {
      do {
        scanner.skipBlanks();
        items.push(this.#parseTransformerItem());
        scanner.skipBlanks();
      } while (scanner.takeLiteral(','));
      if (!scanner.takeLiteral(')')) scanner.fail("expected ')'");
    }
    return { kind: 'transformer-list', items, start, end: scanner.index };
  }

  #parseTransformerItem(): FieldExpr | Constant {
    const scanner = this.#scanner;
    return (
      this.takeFieldExpr() ??
      this.#takeQuotedConstant() ??
      this.takeNumber() ??
      scanner.fail('expected transformer list argument: field, transformer, quoted string, or number')
    );
  }

  #takeQuotedConstant(): Constant | undefined {
    const scanner = this.#scanner;
    const start = scanner.index;
    if (!scanner.takeQuoted()) return undefined;
    return { kind: 'constant', text: scanner.token, start, end: scanner.index };
  }
}
