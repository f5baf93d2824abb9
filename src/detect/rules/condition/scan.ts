/** Thrown inside the parser and caught by its entry points: nothing of it reaches a caller. */
export class SyntaxFault extends Error {
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

export interface SyntaxPosition {
  /** 0-based offset into the text. */
  readonly index: number;
  /** 1-based; CR and LF each end a line, as Falco counts. */
  readonly line: number;
  readonly column: number;
}

/** The line and column of an offset, as Falco counts them in its messages. */
export function syntaxPosition(text: string, index: number): SyntaxPosition {
  const before = text.slice(0, index);
  const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  const lineEnds = before.match(/[\r\n]/g);
  return { index, line: (lineEnds?.length ?? 0) + 1, column: index - lineStart + 1 };
}

// Falco's token patterns (libsinsp filter/parser.cpp), without the ambiguity that would cost time: `[a-z]+[a-z0-9]*`
// is written `[a-z][a-z0-9]*`. [[:space:]] of RE2 is ASCII only, JavaScript's \s is not.
const tokens = {
  identifier: /[a-zA-Z][a-zA-Z0-9_]*/y,
  fieldName: /[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)+/y,
  bareArgument: /[^\][" '\t\n\v\f\r]+/y,
  bareString: /[^()"' \t\n\v\f\r=,]+/y,
  hexNumber: /0[xX][0-9a-fA-F]+/y,
  decimalNumber: /[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?/y,
  not: /not[ \t\n\v\f\r]+/y,
} as const;

const blank = /[ \t\b\r\n]+/y;

/**
 * A cursor over a condition's text. `take*` methods move past what they name and answer true, or leave the cursor where
 * it is and answer false; `token` is the text of the last one taken, with quotes removed and escapes resolved.
 */
export class Scanner {
  readonly #text: string;
  index: number;
  token = '';
  /** Where the last token ended; differs from `index` when blanks were skipped since. */
  tokenEnd: number;

  constructor(text: string, start = 0) {
    this.#text = text;
    this.index = start;
    this.tokenEnd = start;
  }

  get atEnd(): boolean {
    return this.index >= this.#text.length;
  }

  fail(message: string): never {
    throw new SyntaxFault(message, this.index);
  }

  skipBlanks(): boolean {
    blank.lastIndex = this.index;
    if (!blank.test(this.#text)) return false;
    this.index = blank.lastIndex;
    return true;
  }

  /** Takes `literal` wherever the text goes on with it, even inside a longer word: `existsand` is `exists`, `and`. */
  takeLiteral(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.index)) return false;
    this.#take(literal, this.index + literal.length);
    return true;
  }

  takeOneOf<T extends string>(literals: readonly T[]): T | undefined {
    return literals.find((literal) => this.takeLiteral(literal));
  }

  /** Takes a word and the blanks after it; a word without a blank after it is not taken. */
  takeWordOf<T extends string>(words: readonly T[]): T | undefined {
    return words.find((word) => {
      const { index, token, tokenEnd } = this;
      if (!this.takeLiteral(word)) return false;
      if (this.skipBlanks()) return true;
      Object.assign(this, { index, token, tokenEnd });
      return false;
    });
  }

  take(name: keyof typeof tokens): boolean {
    const pattern = tokens[name];
    pattern.lastIndex = this.index;
    if (!pattern.test(this.#text)) return false;
    this.#take(this.#text.slice(this.index, pattern.lastIndex), pattern.lastIndex);
    return true;
  }

  /** True when the text goes on with the pattern `name`; takes nothing. */
  sees(name: keyof typeof tokens): boolean {
    const pattern = tokens[name];
    pattern.lastIndex = this.index;
    return pattern.test(this.#text);
  }

  seesLiteral(literal: string): boolean {
    return this.#text.startsWith(literal, this.index);
  }

  /** True when one of the words stands here, not followed by a letter or digit. */
  seesWordOf(words: readonly string[]): boolean {
    return words.some(
      (word) =>
        this.#text.startsWith(word, this.index) && !/^[a-zA-Z0-9]/.test(this.#text.charAt(this.index + word.length)),
    );
  }

  /**
   * Takes `'…'` or `"…"`. It ends at the first same quote that no backslash precedes directly, so `'a\\'` does not end.
   * A bad escape fails with the cursor behind the string: Falco reports that place, and where it forgives the error
   * (first element of a list) it goes on from there.
   */
  takeQuoted(): boolean {
    const quote = this.#text.charAt(this.index);
    if (quote !== '"' && quote !== "'") return false;
    for (let at = this.index + 1; at < this.#text.length; at++) {
      const char = this.#text.charAt(at);
      if (char === '\0') break;
      if (char !== quote || (this.#text.charAt(at - 1) === '\\' && at - 1 > this.index)) continue;
      const body = this.#text.slice(this.index + 1, at);
      this.index = at + 1;
      this.tokenEnd = this.index;
      this.token = this.#unescape(body, quote);
      return true;
    }
    return false;
  }

  #unescape(body: string, quote: string): string {
    return body.replace(/\\([^]?)/g, (_, char: string) => {
      const plain = escapes[char];
      if (plain !== undefined) return plain;
      if (char === '"' || char === "'") {
        if (char === quote) return char;
        return this.fail(`invalid \\${char} escape in ${quote}-quoted string`);
      }
      return this.fail(`unsupported string escape sequence: \\${char}`);
    });
  }

  #take(token: string, end: number): void {
    this.token = token;
    this.index = end;
    this.tokenEnd = end;
  }
}

/** `\xHH` is newer than the release we follow (0.44.1) and stays an error. `\ ` gives a backslash, for old rules. */
const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  ' ': '\\',
  '/': '/',
};
