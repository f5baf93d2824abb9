import type { RulesFile, RulesPosition } from '../engine.ts';

/** How much of a long line a snippet shows, in characters: Falco's own width. */
const snippetWidth = 160;

/** The text of one rules file, with the way from an offset in it to what a person can look at. */
export class RulesSource {
  readonly name: string;
  /** Without a byte order mark. */
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(file: RulesFile) {
    this.name = file.name;
    this.text = file.content.startsWith('\ufeff') ? file.content.slice(1) : file.content;
    for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1))
      this.#lineStarts.push(at + 1);
  }

  position(offset: number): RulesPosition {
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.name, line: low + 1, column: offset - starts[low]! + 1, offset };
  }

  /** The line around the offset and, below it, a caret under every character of the span (as far as it stays on the line). */
  snippet(offset: number, length = 1): string {
    return snippetOf(this.text, offset, length);
  }
}

/** The line of `text` around `offset`, cut to a readable width, with carets under `length` characters from `offset` on. */
function snippetOf(text: string, offset: number, length = 1): string {
  if (text.trim() === '') return '';
  // The place after the last value of a file is past its end: point at the last character that is one.
  let at = Math.min(offset, text.length - 1);
  while (at > 0 && (text[at] === '\n' || text[at] === '\r')) at--;
  const lineStart = text.lastIndexOf('\n', at) + 1;
  const lineEnd = text.indexOf('\n', at);
  const line = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, '');
  const column = Math.min(at - lineStart, Math.max(line.length - 1, 0));
  const from = column > snippetWidth / 2 ? column - snippetWidth / 2 : 0;
  const to = Math.min(line.length, from + snippetWidth);
  const shown = `${from > 0 ? '...' : ''}${line.slice(from, to)}${to < line.length ? '...' : ''}`;
  const before = shown.slice(0, column - from + (from > 0 ? 3 : 0)).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, to - column)));
  return `${shown}\n${before}${carets}`;
}
