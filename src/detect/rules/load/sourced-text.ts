import type { Place } from './context.ts';
import type { YamlScalar } from './yaml-node.ts';

/**
 * A piece of text that came from a scalar. `whole` pieces do not stand there letter by letter (a list's items where its
 * name stood, a parenthesis of an exception): each of their characters is located where the piece is.
 */
export interface Piece {
  readonly text: string;
  readonly scalar: YamlScalar;
  /** Index in the scalar's text. */
  readonly at: number;
  /** For a whole piece: how many characters of the scalar's text it stands for. */
  readonly whole?: number;
}

/**
 * A text put together from several places of the rules files (appended conditions, expanded lists and exceptions) that
 * still knows where each character came from, so that an error in it points into the file.
 */
export class SourcedText {
  readonly text: string;
  readonly #pieces: readonly Piece[];
  readonly #starts: readonly number[];

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
    let length = 0;
    this.#starts = pieces.map((piece) => (length += piece.text.length) - piece.text.length);
    this.text = pieces.map((piece) => piece.text).join('');
  }

  /** The scalar's text. */
  static of(scalar: YamlScalar): SourcedText {
    return new SourcedText([{ text: scalar.text, scalar, at: 0 }]);
  }

  /** Text that is not in the file but stands for all of the scalar. */
  static for(scalar: YamlScalar, text: string): SourcedText {
    return new SourcedText([{ text, scalar, at: 0, whole: scalar.text.length }]);
  }

  static join(parts: readonly SourcedText[]): SourcedText {
    return new SourcedText(parts.flatMap((part) => part.#pieces));
  }

  slice(start: number, end = this.text.length): SourcedText {
    return new SourcedText(this.pieces(start, end));
  }

  /** `text`, standing for the characters from `start` to `end` of this one. */
  standIn(start: number, end: number, text: string): SourcedText {
    return new SourcedText([this.pieceFor(start, end, text)]);
  }

  /** For putting many together: what `slice` and `standIn` are made of. */
  pieces(start: number, end: number): Piece[] {
    const pieces: Piece[] = [];
    for (let i = this.#pieceAt(start); i < this.#pieces.length && this.#starts[i]! < end; i++) {
      const piece = this.#pieces[i]!;
      const from = Math.max(0, start - this.#starts[i]!);
      const to = Math.min(piece.text.length, end - this.#starts[i]!);
      if (to <= from) continue;
      const text = piece.text.slice(from, to);
      pieces.push(piece.whole === undefined ? { text, scalar: piece.scalar, at: piece.at + from } : { ...piece, text });
    }
    return pieces;
  }

  pieceFor(start: number, end: number, text: string): Piece {
    const i = this.#pieceAt(start);
    const piece = this.#pieces[i]!;
    if (piece.whole !== undefined) return { ...piece, text };
    return { text, scalar: piece.scalar, at: piece.at + start - this.#starts[i]!, whole: end - start };
  }

  trim(): SourcedText {
    const start = this.text.length - this.text.trimStart().length;
    return this.slice(start, Math.max(start, this.text.trimEnd().length));
  }

  /** Where the characters from `index` on stand in a file. */
  locate(index: number, length = 1): Place {
    const i = Math.max(0, Math.min(this.#pieceAt(Math.max(0, index)), this.#pieces.length - 1));
    const piece = this.#pieces[i]!;
    const { scalar } = piece;
    const within = index - this.#starts[i]!;
    const from = piece.at + (piece.whole === undefined ? within : 0);
    const to =
      piece.whole === undefined ? Math.min(from + length, piece.at + piece.text.length) : piece.at + piece.whole;
    const offset = offsetInScalar(scalar, from);
    const end = to > from ? offsetInScalar(scalar, to - 1) + 1 : offset + 1;
    return { source: scalar.source, offset, length: Math.max(1, end - offset) };
  }

  /** The last piece that starts at or before the index. */
  #pieceAt(index: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const blank = /[ \t\r\n]/;

/**
 * Where the character at `index` of a scalar's text stands in the file. Folding and indentation change only blanks, so
 * the n-th character that is no blank is the n-th that is none in the file; escapes count as what they spell.
 */
function offsetInScalar(scalar: YamlScalar, index: number): number {
  const { text } = scalar.source;
  let wanted = scalar.text.slice(0, index).replace(/[ \t\r\n]+/g, '').length;
  for (let at = contentStart(scalar); at < scalar.end; ) {
    const { length, blank } = unitAt(text, at, scalar.style);
    if (!blank && wanted-- === 0) return at;
    at += length;
  }
  return Math.max(scalar.offset, scalar.end - 1);
}

function contentStart({ source, offset, style }: YamlScalar): number {
  if (style === 'plain') return offset;
  if (style === 'single' || style === 'double') return offset + 1;
  const lineEnd = source.text.indexOf('\n', offset);
  return lineEnd === -1 ? source.text.length : lineEnd + 1;
}

const escapeLengths: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

function unitAt(text: string, at: number, style: YamlScalar['style']): { length: number; blank: boolean } {
  const char = text[at]!;
  if (style === 'single' && char === "'" && text[at + 1] === "'") return { length: 2, blank: false };
  if (style !== 'double' || char !== '\\') return { length: 1, blank: blank.test(char) };
  const next = text[at + 1] ?? '';
  return { length: escapeLengths[next] ?? 2, blank: /[tnr \t\r\n]/.test(next) };
}
