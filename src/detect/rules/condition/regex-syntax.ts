/** What RE2 reads in POSIX egrep mode (re2/parse.cc without Perl extensions): the only syntax Falco's `regex` has. */
export type RegexNode =
  | { readonly kind: 'empty' | 'any' | 'line-start' | 'line-end' }
  | { readonly kind: 'literal'; readonly codePoint: number }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly Range[] }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly item: RegexNode; readonly min: number; readonly max: number };

type Range = readonly [low: number, high: number];

/** Not this syntax; the message is RE2's. */
export class RegexFault extends Error {}

const maxRepeat = 1000;

/** Throws `RegexFault`. Patterns are at most 255 bytes, so the recursion is bounded by the caller. */
export function parsePosixRegex(pattern: string): RegexNode {
  const parser = new RegexParser(pattern);
  const node = parser.parseChoice();
  if (!parser.atEnd) throw new RegexFault(`unexpected ): ${pattern}`);
  return node;
}

class RegexParser {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  get atEnd(): boolean {
    return this.#at >= this.#pattern.length;
  }

  parseChoice(): RegexNode {
    const items = [this.#parseSequence()];
    while (this.#takes('|')) items.push(this.#parseSequence());
    return items.length === 1 && items[0] ? items[0] : { kind: 'choice', items };
  }

  #parseSequence(): RegexNode {
    const items: RegexNode[] = [];
    while (!this.atEnd && !this.#sees('|') && !this.#sees(')')) {
      const start = this.#at;
      const bounds = this.#takeRepeat();
      if (bounds) {
        const item = items.pop();
        const operator = this.#pattern.slice(start, this.#at);
        if (!item) throw new RegexFault(`no argument for repetition operator: ${operator}`);
        const { min, max } = bounds;
        if (min > maxRepeat || (max !== Number.POSITIVE_INFINITY && (max > maxRepeat || max < min))) {
          throw new RegexFault(`invalid repetition size: ${operator}`);
        }
        items.push({ kind: 'repeat', item, min, max });
      } else {
        items.push(this.#parseAtom());
      }
    }
    if (items.length === 1 && items[0]) return items[0];
    return items.length === 0 ? { kind: 'empty' } : { kind: 'sequence', items };
  }

  #takeRepeat(): { min: number; max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#takes('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#takes('?')) return { min: 0, max: 1 };
    // Anything else after a brace is literal text, numbers with leading zeros too.
    const braces = /^\{(0|[1-9]\d{0,8})(?:(,)(0|[1-9]\d{0,8})?)?\}/.exec(this.#pattern.slice(this.#at, this.#at + 32));
    if (!braces) return undefined;
    this.#at += braces[0].length;
    const min = Number(braces[1]);
    if (braces[2] === undefined) return { min, max: min };
    return { min, max: braces[3] === undefined ? Number.POSITIVE_INFINITY : Number(braces[3]) };
  }

  #parseAtom(): RegexNode {
    if (this.#takes('^')) return { kind: 'line-start' };
    if (this.#takes('$')) return { kind: 'line-end' };
    if (this.#takes('.')) return { kind: 'any' };
    if (this.#takes('[')) return this.#parseClass();
    if (this.#takes('(')) {
      const inner = this.parseChoice();
      if (!this.#takes(')')) throw new RegexFault(`missing ): ${this.#pattern}`);
      return inner;
    }
    return { kind: 'literal', codePoint: this.#takeCharacter() };
  }

  #parseClass(): RegexNode {
    const start = this.#at - 1;
    const negated = this.#takes('^');
    const ranges: Range[] = [];
    for (let first = true; first || !this.#sees(']'); first = false) {
      if (this.atEnd) throw new RegexFault(`missing ]: ${this.#pattern.slice(start)}`);
      if (!first && this.#sees('-') && this.#pattern.charAt(this.#at + 1) !== ']') {
        throw new RegexFault(`invalid character class range: ${this.#pattern.slice(this.#at, this.#at + 2)}`);
      }
      ranges.push(...(this.#takeNamedClass() ?? [this.#takeRange()]));
    }
    this.#at++;
    return { kind: 'class', negated, ranges };
  }

  #takeNamedClass(): readonly Range[] | undefined {
    if (!this.#pattern.startsWith('[:', this.#at)) return undefined;
    const end = this.#pattern.indexOf(':]', this.#at + 2);
    if (end < 0) return undefined;
    const name = this.#pattern.slice(this.#at, end + 2);
    const inverted = name.startsWith('[:^');
    const ranges = namedClasses[name.slice(inverted ? 3 : 2, -2)];
    if (!ranges) throw new RegexFault(`invalid character class range: ${name}`);
    this.#at = end + 2;
    return inverted ? invert(ranges) : ranges;
  }

  #takeRange(): Range {
    const start = this.#at;
    const low = this.#takeCharacter();
    if (!this.#sees('-') || this.#at + 1 >= this.#pattern.length || this.#pattern.charAt(this.#at + 1) === ']') {
      return [low, low];
    }
    this.#at++;
    const high = this.#takeCharacter();
    if (high < low) throw new RegexFault(`invalid character class range: ${this.#pattern.slice(start, this.#at)}`);
    return [low, high];
  }

  #takeCharacter(): number {
    if (!this.#takes('\\')) {
      const codePoint = this.#pattern.codePointAt(this.#at) ?? 0;
      this.#at += codePoint > 0xffff ? 2 : 1;
      return codePoint;
    }
    const rest = this.#pattern.slice(this.#at);
    if (rest === '') throw new RegexFault('trailing \\ at end of regexp: \\');
    const escape =
      /^(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\}|(0[0-7]{0,2}|[1-7][0-7]{1,2})|([nrtafv])|([!-/:-@[-`{-~\x00-\x20\x7f]))/.exec(
        rest,
      );
    const [text, hex, longHex, octal, letter, punctuation] = escape ?? [];
    const codePoint =
      (hex ?? longHex) !== undefined
        ? Number.parseInt(hex ?? longHex ?? '', 16)
        : octal !== undefined
          ? Number.parseInt(octal, 8)
          : letter !== undefined
            ? controlLetters[letter]
            : punctuation?.charCodeAt(0);
    if (text === undefined || codePoint === undefined || codePoint > 0x10ffff) {
      throw new RegexFault(`invalid escape sequence: \\${String.fromCodePoint(rest.codePointAt(0) ?? 0)}`);
    }
    this.#at += text.length;
    return codePoint;
  }

  #sees(char: string): boolean {
    return this.#pattern.charAt(this.#at) === char && !this.atEnd;
  }

  #takes(char: string): boolean {
    if (!this.#sees(char)) return false;
    this.#at++;
    return true;
  }
}

const controlLetters: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, f: 12, v: 11 };

function invert(ranges: readonly Range[]): Range[] {
  const inverted: Range[] = [];
  let next = 0;
  for (const [low, high] of ranges) {
    if (low > next) inverted.push([next, low - 1]);
    next = high + 1;
  }
  inverted.push([next, 0x10ffff]);
  return inverted;
}

/** Each in ascending order. */
const namedClasses: Readonly<Record<string, readonly Range[]>> = {
  alnum: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  alpha: [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  ascii: [[0, 0x7f]],
  blank: [
    [9, 9],
    [0x20, 0x20],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: [[0x30, 0x39]],
  graph: [[0x21, 0x7e]],
  lower: [[0x61, 0x7a]],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [9, 13],
    [0x20, 0x20],
  ],
  upper: [[0x41, 0x5a]],
  word: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  xdigit: [
    [0x30, 0x39],
    [0x41, 0x46],
    [0x61, 0x66],
  ],
};
