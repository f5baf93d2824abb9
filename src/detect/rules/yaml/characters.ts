/** What stands behind the last character. yaml-cpp takes the character EOT for it wherever it looks for the end of a token. */
const end = '\u0004';

const blanks = new Set([' ', '\t']);
const blanksOrBreaks = new Set([' ', '\t', '\n', '\r']);

/** A text that is read character by character, with the column that indentation is measured by. */
export class Characters {
  readonly text: string;
  at = 0;
  line = 0;
  /** In UTF-8 bytes, as yaml-cpp counts. */
  column = 0;
  /** What begins a line for `line` and `column`: the text's first line end says so, before it a NUL does. */
  #lineEnd = '\0';

  constructor(text: string) {
    this.text = text;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? end;
  }

  get(): string {
    const char = this.peek();
    if (this.ended) return char;
    this.at++;
    this.column += byteLength(char);
    if (this.#lineEnd === '\0' && (char === '\n' || char === '\r')) {
      this.#lineEnd = char === '\r' && this.peek() !== '\n' ? '\r' : '\n';
    }
    if (char === this.#lineEnd) {
      this.column = 0;
      this.line++;
    }
    return char;
  }

  eat(count: number): void {
    for (let i = 0; i < count; i++) this.get();
  }

  isBlank(ahead = 0): boolean {
    return blanks.has(this.peek(ahead));
  }

  isBlankOrBreak(ahead = 0): boolean {
    return blanksOrBreaks.has(this.peek(ahead));
  }

  /** Also true at the end of the text. */
  isBoundary(ahead: number): boolean {
    return this.isBlankOrBreak(ahead) || this.peek(ahead) === end;
  }

  /** Of the line end here, 0 if none is here. */
  breakLength(ahead = 0): number {
    const char = this.peek(ahead);
    if (char === '\r' && this.peek(ahead + 1) === '\n') return 2;
    return char === '\n' || char === '\r' ? 1 : 0;
  }

  isBreak(): boolean {
    return this.breakLength() > 0;
  }

  /** A `#` behind a blank or a line end. */
  isBlankAndComment(): boolean {
    return this.isBlankOrBreak() && this.peek(this.breakLength() || 1) === '#';
  }

  /** `---` or `...` where a line begins. */
  isDocumentMarker(marker: '---' | '...'): boolean {
    return this.column === 0 && this.text.startsWith(marker, this.at) && this.isBoundary(marker.length);
  }

  atDocumentMarker(): boolean {
    return this.isDocumentMarker('---') || this.isDocumentMarker('...');
  }

  eatLine(): void {
    while (!this.ended && !this.isBreak()) this.get();
  }
}

/** Of one UTF-16 unit; the halves of a pair count two each. */
function byteLength(char: string): number {
  const unit = char.charCodeAt(0);
  if (unit < 0x80) return 1;
  return unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
}
