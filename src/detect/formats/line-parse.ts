import { ElbEvent } from './elb-event.ts';
import type { LineShape } from './elb-event.ts';
import { BadLine } from './format.ts';
import type { LineOrigin } from './format.ts';
import { isDigit } from './quantities.ts';
import { columnStart, scanColumns } from './tokens.ts';

/** The event of a line whose first words are known to be this format's; bad when columns are missing or a quote is open. */
export function parseColumns(line: string, origin: LineOrigin, number: number, shape: LineShape): ElbEvent | BadLine {
  const event = new ElbEvent(line, origin, number, shape);
  const found = scanColumns(line, shape.known, event);
  if (found >= shape.required) return event;
  if (found < 0) {
    const open = line.slice(columnStart(-1 - found));
    return new BadLine('unterminated-quote', `nothing closes the quote of column ${-found}: ${shown(open)}`);
  }
  return new BadLine(
    'too-few-columns',
    `${found} columns, a line of ${shape.logType} has at least ${shape.required}: ${shown(line)}`,
  );
}

/** What a line is that should begin with a time and does not. */
export function lineWithoutTime(line: string): BadLine {
  return new BadLine('no-time', `column 1 is ${shown(firstWord(line))}, not a time`);
}

const shownBytes = 60;

/** The beginning of hostile text, quoted, in printable ASCII. */
export function shown(text: string): string {
  const cut = text.length > shownBytes ? `${text.slice(0, shownBytes)}…` : text;
  return JSON.stringify(cut).replace(/[^ -~…]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The text up to the first blank. */
export function firstWord(line: string): string {
  return line.slice(0, wordEnd(line, 0));
}

/** Where the word that begins at `at` ends. */
export function wordEnd(line: string, at: number): number {
  const end = line.indexOf(' ', at);
  return end < 0 ? line.length : end;
}

/** True when the word that begins at `at` begins and ends with a digit, or is `-`, a number not recorded. */
export function numberStands(line: string, at: number): boolean {
  const last = wordEnd(line, at) - 1;
  if (at === last && line.charAt(at) === '-') return true;
  return at > 0 && last >= at && isDigit(line.charCodeAt(at)) && isDigit(line.charCodeAt(last));
}
