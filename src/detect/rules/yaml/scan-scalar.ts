import type { ScalarStyle } from '../load/yaml-node.ts';
import type { Characters } from './characters.ts';
import { readEscape } from './read-escape.ts';
import { YamlError } from './yaml-error.ts';

export interface ScalarForm {
  readonly style: ScalarStyle;
  readonly inFlow: boolean;
  /** The least column of further lines. */
  readonly indent: number;
  /** Block scalars without a number: the first line that is not empty says it. */
  readonly detectIndent: boolean;
  /** What becomes of line ends at the end. */
  readonly chomp: 'strip' | 'clip' | 'keep';
  /** Where the scalar opens. */
  readonly opens: number;
}

export interface ScannedScalar {
  readonly text: string;
  /** Behind the last character that counts. */
  readonly end: number;
  /** True where a less indented line ended it. */
  readonly endedByIndent: boolean;
}

/**
 * Reads a scalar as yaml-cpp's ScanScalar does, line by line: the line's text, its end, the blanks before the next one.
 * The characters stand at its first character, for a quoted one behind the quote.
 */
export function scanScalar(characters: Characters, form: ScalarForm): ScannedScalar {
  const { style, chomp } = form;
  const isBlock = style === 'literal' || style === 'folded';
  const isQuoted = style === 'single' || style === 'double';
  const escape = style === 'double' ? '\\' : style === 'single' ? "'" : '\0';
  const parts: string[] = [];
  let length = 0;
  const push = (part: string): void => {
    parts.push(part);
    length += part.length;
  };
  let { indent } = form;
  let end = characters.at;
  let found = false;
  let pastOpening = !isBlock;
  let emptyLine = false;
  let deeper = false;
  let foldedBreaks = 0;
  let foldedFromDeeper = false;
  let lastEscaped = -1;
  let endedByIndent = false;

  while (!characters.ended) {
    let line = '';
    let kept = 0;
    let escapedBreak = false;
    while (!isEnd(characters, form) && !characters.isBreak() && !characters.ended) {
      if (!isBlock && characters.atDocumentMarker()) {
        if (!isQuoted) break;
        throw new YamlError(characters.at, 'A quoted text cannot hold a line that begins with --- or ...');
      }
      found = true;
      pastOpening = true;
      if (style === 'double' && characters.peek() === '\\' && characters.breakLength(1) > 0) {
        characters.get();
        kept = line.length;
        lastEscaped = length + line.length;
        escapedBreak = true;
        break;
      }
      if (characters.peek() === escape) {
        line += readEscape(characters);
        kept = line.length;
        lastEscaped = length + line.length;
        end = characters.at;
        continue;
      }
      const char = characters.get();
      line += char;
      if (char === ' ' || char === '\t') continue;
      kept = line.length;
      end = characters.at;
    }
    const over = characters.ended || (!isBlock && !isQuoted && characters.atDocumentMarker());
    if (over || isEnd(characters, form)) {
      push(line);
      if (characters.ended && isQuoted) throw new YamlError(form.opens, 'The quote is never closed');
      if (isQuoted) {
        characters.get();
        end = characters.at;
      }
      break;
    }
    push(isBlock ? line : line.slice(0, kept));
    characters.eat(characters.breakLength());

    const detecting = form.detectIndent && !found;
    const least = detecting ? Number.POSITIVE_INFINITY : indent;
    while (characters.peek() === ' ' && characters.column < least) {
      if (isEnd(characters, form)) break;
      characters.get();
    }
    if (detecting) indent = Math.max(indent, characters.column);
    while (characters.isBlank()) {
      if (characters.peek() === '\t' && characters.column < indent && !isQuoted) {
        throw new YamlError(characters.at, 'illegal tab when looking for indentation: indent with blanks');
      }
      if (isBlock || isEnd(characters, form)) break;
      characters.get();
    }

    const nextEmpty = characters.isBreak();
    const nextDeeper = characters.isBlank();
    if (style === 'folded' && foldedBreaks === 0 && nextEmpty) foldedFromDeeper = deeper;
    if (pastOpening) {
      if (style === 'literal') push('\n');
      else if (style === 'folded') {
        if (!emptyLine && !nextEmpty && !deeper && !nextDeeper && characters.column >= indent) push(' ');
        else if (nextEmpty) foldedBreaks++;
        else push('\n');
        if (!nextEmpty && foldedBreaks > 0) {
          push('\n'.repeat(foldedBreaks - (foldedFromDeeper || nextDeeper || !found ? 0 : 1)));
          foldedBreaks = 0;
        }
      } else if (nextEmpty) push('\n');
      else if (!emptyLine && !escapedBreak) push(' ');
    }
    emptyLine = nextEmpty;
    deeper = nextDeeper;
    pastOpening = true;
    if (!emptyLine && characters.column < indent) {
      endedByIndent = true;
      break;
    }
  }
  let text = parts.join('');
  if (style === 'plain') text = trimBlanks(text, lastEscaped);
  if (chomp !== 'keep') text = chomped(text, chomp, lastEscaped);
  return { text, end, endedByIndent };
}

function isEnd(characters: Characters, { style, inFlow }: ScalarForm): boolean {
  switch (style) {
    case 'literal':
    case 'folded':
      // yaml-cpp's empty expression.
      return characters.peek() === '\u0004';
    case 'double':
      return characters.peek() === '"';
    case 'single':
      return characters.peek() === "'" && characters.peek(1) !== "'";
    case 'plain': {
      const char = characters.peek();
      if (char === ':' && (characters.isBoundary(1) || (inFlow && ',]}'.includes(characters.peek(1))))) return true;
      return (inFlow && ',?[]{}'.includes(char)) || characters.isBlankAndComment();
    }
  }
}

function trimBlanks(text: string, lastEscaped: number): string {
  const last = Math.max(lastIndexNotOf(text, ' \t'), lastEscaped);
  return last < 0 ? text : text.slice(0, last + 1);
}

function chomped(text: string, chomp: 'strip' | 'clip', lastEscaped: number): string {
  const last = Math.max(lastIndexNotOf(text, '\n'), lastEscaped);
  return last < 0 ? '' : text.slice(0, last + (chomp === 'clip' ? 2 : 1));
}

function lastIndexNotOf(text: string, chars: string): number {
  let at = text.length - 1;
  while (at >= 0 && chars.includes(text[at]!)) at--;
  return at;
}
