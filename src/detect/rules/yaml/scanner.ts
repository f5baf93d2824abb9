import { Characters } from './characters.ts';
import { type ScalarForm, scanScalar } from './scan-scalar.ts';
import { scanTag } from './scan-tag.ts';
import { YamlError } from './yaml-error.ts';
import type { MarkKind, MarkToken, TokenStatus, YamlToken } from './yaml-token.ts';

/** Longer texts are no keys of one line. In UTF-8 bytes. */
const maxKeyLength = 1024;

/** What opens a block scalar: how it ends and how deep it stands, in either order. */
const blockHeader = /[|>](?:([+-])([0-9])?|([0-9])([+-])?)?/y;

const flowPlainStart = ',[]{}#&*!|>\'"%@`';
const whyNoPlainStart: Readonly<Record<string, string>> = {
  '%': "A plain value cannot begin with '%'; put it in quotes",
  '@': "A plain value cannot begin with '@'; put it in quotes",
  '`': "A plain value cannot begin with '`'; put it in quotes",
};

interface Indent {
  readonly column: number;
  readonly kind: 'map' | 'sequence' | 'none';
  status: TokenStatus;
  start?: MarkToken;
}

/** A place where a key may have begun that a `:` in the same line would make one. */
interface PossibleKey {
  readonly offset: number;
  readonly line: number;
  readonly flowLevel: number;
  readonly key: MarkToken;
  readonly indent: Indent | undefined;
}

interface Flow {
  readonly kind: 'sequence' | 'map';
  readonly offset: number;
}

/**
 * The tokens of a text as yaml-cpp's scanner makes them (the commit that Falco 0.44.1 pins, c2bec4c), decision for
 * decision: what of YAML it takes, and what it takes that is none, is what Falco loads. Over 300 lines, because each decision
 * turns on the same state: indents, open brackets, possible keys. What needs none of it stands in files of its own.
 */
export class Scanner {
  readonly #characters: Characters;
  readonly #tokens: YamlToken[] = [];
  #next = 0;
  #ended = false;
  #keyAllowed = true;
  /** False behind a quoted text in the same line: another value there is none. */
  #valueAllowed = true;
  /** Behind a quoted text or a bracket a `:` needs no blank in `[…]` and `{…}`. */
  #colonNeedsNoBlank = false;
  readonly #keys: PossibleKey[] = [];
  readonly #indents: Indent[] = [{ column: -1, kind: 'none', status: 'valid' }];
  readonly #flows: Flow[] = [];

  constructor(text: string) {
    this.#characters = new Characters(text);
  }

  /** Where scanning stands. */
  get at(): number {
    return this.#characters.at;
  }

  /** The next token, undefined behind the last. A key that the end of the text leaves open is one. */
  peek(): YamlToken | undefined {
    for (;;) {
      const token = this.#tokens[this.#next];
      if (token?.status === 'invalid') this.#drop();
      else if (token?.status === 'valid' || this.#ended) return token;
      else this.#scanNext();
    }
  }

  pop(): void {
    if (this.peek()) this.#drop();
  }

  #drop(): void {
    this.#next++;
    if (this.#next < 1024) return;
    this.#tokens.splice(0, this.#next);
    this.#next = 0;
  }

  get #inFlow(): boolean {
    return this.#flows.length > 0;
  }

  #scanNext(): void {
    const characters = this.#characters;
    this.#skipToToken();
    this.#popIndentToHere();
    if (characters.ended) return this.#end();
    const char = characters.peek();
    if (characters.column === 0 && char === '%') return this.#scanDirective();
    if (characters.isDocumentMarker('---')) return this.#scanDocumentMarker('document-start');
    if (characters.isDocumentMarker('...')) return this.#scanDocumentMarker('document-end');
    if (char === '[' || char === '{') return this.#scanFlowStart();
    if (char === ']' || char === '}') return this.#scanFlowEnd();
    if (char === ',') return this.#scanFlowEntry();
    if (char === '-' && characters.isBoundary(1)) return this.#scanBlockEntry();
    if (char === '?' && characters.isBlankOrBreak(1)) return this.#scanKey();
    if (char === ':' && this.#isValueMark()) return this.#scanValue();
    if (char === '*' || char === '&') return this.#scanName(char === '*' ? 'alias' : 'anchor');
    if (char === '!') return this.#scanTag();
    if (!this.#inFlow && (char === '|' || char === '>')) return this.#scanBlockScalar();
    if (!this.#valueAllowed) throw new YamlError(characters.at, 'unexpected scalar: a quoted text ends before this');
    if (char === "'" || char === '"') return this.#scanQuoted();
    if (this.#isPlainStart()) return this.#scanPlain();
    throw new YamlError(characters.at, whyNoPlainStart[char] ?? 'unknown token');
  }

  #skipToToken(): void {
    const characters = this.#characters;
    for (;;) {
      while (!characters.ended && characters.isBlank()) {
        if (!this.#inFlow && characters.peek() === '\t') this.#keyAllowed = false;
        characters.get();
      }
      if (characters.peek() === '#') characters.eatLine();
      if (!characters.isBreak()) return;
      characters.eat(characters.breakLength());
      this.#invalidateKey();
      this.#valueAllowed = true;
      if (!this.#inFlow) this.#keyAllowed = true;
    }
  }

  #isValueMark(): boolean {
    const characters = this.#characters;
    if (!this.#inFlow) return characters.isBoundary(1);
    return this.#colonNeedsNoBlank || characters.isBlankOrBreak(1) || ',]}'.includes(characters.peek(1));
  }

  #isPlainStart(): boolean {
    const characters = this.#characters;
    const char = characters.peek();
    if (flowPlainStart.includes(char)) return false;
    if (!this.#inFlow) return !('-?:'.includes(char) && characters.isBoundary(1));
    return char !== '?' && !('-:'.includes(char) && characters.isBoundary(1) && characters.breakLength(1) === 0);
  }

  #end(): void {
    this.#popAllIndents();
    this.#keys.length = 0;
    this.#ended = true;
  }

  #scanDirective(): void {
    const characters = this.#characters;
    const offset = characters.at;
    this.#endDocument();
    characters.get();
    const words: string[] = [];
    const word = (): string => {
      let text = '';
      while (!characters.ended && !characters.isBlankOrBreak()) text += characters.get();
      return text;
    };
    const name = word();
    for (;;) {
      while (characters.isBlank()) characters.get();
      if (characters.ended || characters.isBreak() || characters.peek() === '#') break;
      words.push(word());
    }
    this.#push({ kind: 'directive', status: 'valid', offset, end: characters.at, name, parameters: words });
  }

  #scanDocumentMarker(kind: 'document-start' | 'document-end'): void {
    this.#endDocument();
    this.#eatMark(kind, 3);
  }

  #endDocument(): void {
    this.#popAllIndents();
    this.#keys.length = 0;
    this.#keyAllowed = false;
    this.#colonNeedsNoBlank = false;
  }

  #scanFlowStart(): void {
    this.#addPossibleKey();
    this.#keyAllowed = true;
    this.#colonNeedsNoBlank = false;
    const kind = this.#characters.peek() === '[' ? 'sequence' : 'map';
    this.#flows.push({ kind, offset: this.#characters.at });
    this.#eatMark(`flow-${kind}-start`, 1);
  }

  #scanFlowEnd(): void {
    const characters = this.#characters;
    const flow = this.#flows.at(-1);
    if (!flow)
      throw new YamlError(characters.at, `illegal flow end: nothing is open that '${characters.peek()}' closes`);
    this.#endFlowEntry();
    this.#keyAllowed = false;
    this.#colonNeedsNoBlank = true;
    const kind = characters.peek() === ']' ? 'sequence' : 'map';
    if (flow.kind !== kind) throw neverClosed(flow);
    this.#flows.pop();
    this.#eatMark(`flow-${kind}-end`, 1);
  }

  #scanFlowEntry(): void {
    const { column, at } = this.#characters;
    if (column === 0) throw new YamlError(at, "plain value cannot start with flow indicator character ','");
    if (!this.#valueAllowed) throw new YamlError(at, "unexpected ',': a quoted text ends before it");
    this.#endFlowEntry();
    this.#keyAllowed = true;
    this.#colonNeedsNoBlank = false;
    this.#eatMark('flow-entry', 1);
  }

  /** A key of `{…}` may stand alone. */
  #endFlowEntry(): void {
    const flow = this.#flows.at(-1);
    if (flow?.kind === 'map' && this.#verifyKey()) this.#push(this.#mark('value', 0));
    else if (flow?.kind === 'sequence') this.#invalidateKey();
  }

  #scanBlockEntry(): void {
    const flow = this.#flows.at(-1);
    if (flow) {
      // Of a bracket that was forgotten, the next list item tells.
      if (this.#characters.text.slice(flow.offset, this.at).includes('\n')) throw neverClosed(flow);
      throw new YamlError(this.at, "illegal block entry: inside of brackets no list item begins with '-'");
    }
    if (!this.#keyAllowed) throw new YamlError(this.at, "illegal block entry: no list item can begin with this '-'");
    this.#pushIndent('sequence');
    this.#keyAllowed = true;
    this.#colonNeedsNoBlank = false;
    this.#eatMark('block-entry', 1);
  }

  #scanKey(): void {
    if (!this.#inFlow) {
      if (!this.#keyAllowed) throw new YamlError(this.at, "illegal map key: no key can begin with this '?'");
      this.#pushIndent('map');
    }
    this.#keyAllowed = !this.#inFlow;
    this.#eatMark('key', 1);
  }

  #scanValue(): void {
    const behindKey = this.#verifyKey();
    this.#colonNeedsNoBlank = false;
    if (!behindKey && !this.#inFlow) {
      if (!this.#keyAllowed) {
        throw new YamlError(
          this.at,
          "illegal map value: no key stands before this ':'; a plain value with ': ' in it needs quotes",
        );
      }
      this.#pushIndent('map');
    }
    this.#keyAllowed = !behindKey && !this.#inFlow;
    this.#valueAllowed = true;
    this.#eatMark('value', 1);
  }

  #scanName(kind: 'alias' | 'anchor'): void {
    const characters = this.#characters;
    this.#addPossibleKey();
    this.#keyAllowed = false;
    this.#colonNeedsNoBlank = false;
    const offset = characters.at;
    characters.get();
    let name = '';
    while (!characters.ended && !characters.isBlankOrBreak() && !'[]{},'.includes(characters.peek())) {
      name += characters.get();
    }
    if (name === '') throw new YamlError(offset, `${kind} not found after ${kind === 'alias' ? '*' : '&'}`);
    if (!characters.ended && !characters.isBlankOrBreak() && !'?:,]}%@`'.includes(characters.peek())) {
      throw new YamlError(characters.at, `illegal character found while scanning ${kind}`);
    }
    this.#push({ kind, status: 'valid', offset, end: characters.at, name });
  }

  #scanTag(): void {
    this.#addPossibleKey();
    this.#keyAllowed = false;
    this.#colonNeedsNoBlank = false;
    const offset = this.#characters.at;
    const tag = scanTag(this.#characters);
    this.#push({ kind: 'tag', status: 'valid', offset, end: this.#characters.at, ...tag });
  }

  #scanPlain(): void {
    // Of what the scalar stands in, not of the map that it may begin.
    const indent = this.#inFlow ? 0 : this.#topColumn + 1;
    this.#addPossibleKey();
    this.#keyAllowed = this.#scanScalar({ style: 'plain', indent, chomp: 'strip' });
    this.#colonNeedsNoBlank = false;
  }

  #scanQuoted(): void {
    this.#addPossibleKey();
    const style = this.#characters.peek() === "'" ? 'single' : 'double';
    this.#scanScalar({ style, indent: 0, chomp: 'clip' }, 1);
    this.#keyAllowed = false;
    this.#valueAllowed = this.#inFlow;
    this.#colonNeedsNoBlank = true;
  }

  #scanBlockScalar(): void {
    const characters = this.#characters;
    const style = characters.peek() === '>' ? 'folded' : 'literal';
    blockHeader.lastIndex = characters.at;
    const [header = '', before, behind, alone, last] = blockHeader.exec(characters.text) ?? [];
    const chomping = before ?? last;
    const digit = behind ?? alone ?? '';
    if (digit === '0') throw new YamlError(characters.at, 'cannot set zero indentation for a block scalar');
    const opens = characters.at;
    characters.eat(header.length);
    while (characters.isBlank()) characters.get();
    if (characters.peek() === '#') characters.eatLine();
    if (!characters.ended && !characters.isBreak()) {
      throw new YamlError(characters.at, `unexpected character in block scalar: its text begins in the line below`);
    }
    const chomp = chomping === '+' ? 'keep' : chomping === '-' ? 'strip' : 'clip';
    const indent = (digit === '' ? 1 : Number(digit)) + Math.max(0, this.#topColumn);
    this.#scanScalar({ style, indent, detectIndent: digit === '', chomp, opens });
    this.#keyAllowed = true;
    this.#colonNeedsNoBlank = false;
  }

  /** Whether a less indented line ended the scalar. `quote`: what is before its first character. */
  #scanScalar(form: Pick<ScalarForm, 'style' | 'indent' | 'chomp'> & Partial<ScalarForm>, quote = 0): boolean {
    const characters = this.#characters;
    const opens = form.opens ?? characters.at;
    characters.eat(quote);
    const scanned = scanScalar(characters, { inFlow: this.#inFlow, detectIndent: false, ...form, opens });
    const { text, end, endedByIndent } = scanned;
    this.#push({ kind: 'scalar', status: 'valid', offset: opens, end, style: form.style, text });
    return endedByIndent;
  }

  #push(token: YamlToken): void {
    this.#tokens.push(token);
  }

  #mark(kind: MarkKind, length: number): MarkToken {
    return { kind, status: 'valid', offset: this.at, end: this.at + length };
  }

  #eatMark(kind: MarkKind, length: number): void {
    this.#push(this.#mark(kind, length));
    this.#characters.eat(length);
  }

  get #topColumn(): number {
    return this.#indents.at(-1)?.column ?? 0;
  }

  #pushIndent(kind: 'map' | 'sequence'): Indent | undefined {
    if (this.#inFlow) return undefined;
    const { column } = this.#characters;
    const top = this.#indents.at(-1);
    if (top && column < top.column) return undefined;
    if (top && column === top.column && !(kind === 'sequence' && top.kind === 'map')) return undefined;
    const start = this.#mark(`block-${kind}-start`, 0);
    this.#push(start);
    const indent: Indent = { column, kind, status: 'valid', start };
    this.#indents.push(indent);
    return indent;
  }

  #popIndentToHere(): void {
    if (this.#inFlow) return;
    const characters = this.#characters;
    const isEntry = characters.peek() === '-' && characters.isBoundary(1);
    const { column } = characters;
    for (let top = this.#indents.at(-1); top; top = this.#indents.at(-1)) {
      if (top.column < column || (top.column === column && !(top.kind === 'sequence' && !isEntry))) break;
      this.#popIndent(top);
    }
    for (let top = this.#indents.at(-1); top?.status === 'invalid'; top = this.#indents.at(-1)) this.#popIndent(top);
  }

  #popAllIndents(): void {
    if (this.#inFlow) return;
    for (let top = this.#indents.at(-1); top && top.kind !== 'none'; top = this.#indents.at(-1)) this.#popIndent(top);
  }

  #popIndent({ kind, status }: Indent): void {
    this.#indents.pop();
    if (status !== 'valid') this.#invalidateKey();
    else if (kind !== 'none') this.#push(this.#mark(`block-${kind}-end`, 0));
  }

  /** One key is possible at each level of brackets. */
  #addPossibleKey(): void {
    const flowLevel = this.#flows.length;
    if (!this.#keyAllowed || this.#keys.at(-1)?.flowLevel === flowLevel) return;
    const { at: offset, line } = this.#characters;
    const indent = this.#pushIndent('map');
    if (indent?.start) indent.status = indent.start.status = 'unverified';
    const key: MarkToken = { ...this.#mark('key', 0), status: 'unverified' };
    this.#push(key);
    this.#keys.push({ offset, line, flowLevel, key, indent });
  }

  #invalidateKey(): void {
    const possible = this.#keys.at(-1);
    if (possible?.flowLevel !== this.#flows.length) return;
    this.#keys.pop();
    settle(possible, 'invalid');
  }

  /** Whether a key stands before here; it is one from now on, or never. */
  #verifyKey(): boolean {
    const possible = this.#keys.at(-1);
    if (possible?.flowLevel !== this.#flows.length) return false;
    this.#keys.pop();
    const { text, line, at } = this.#characters;
    const valid =
      line === possible.line &&
      at - possible.offset <= maxKeyLength &&
      Buffer.byteLength(text.slice(possible.offset, at)) <= maxKeyLength;
    settle(possible, valid ? 'valid' : 'invalid');
    return valid;
  }
}

function settle({ key, indent }: PossibleKey, status: 'valid' | 'invalid'): void {
  key.status = status;
  if (!indent) return;
  indent.status = status;
  if (indent.start) indent.start.status = status;
}

function neverClosed({ kind, offset }: Flow): YamlError {
  return new YamlError(offset, `This '${kind === 'map' ? '{' : '['}' is never closed`);
}
