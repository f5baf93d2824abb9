import { ElbEvent } from './elb-event.ts';
import type { LineShape } from './elb-event.ts';
import { BadLine } from './format.ts';
import type { LineOrigin } from './format.ts';
import { scanColumns } from './tokens.ts';

/** The event of a line whose first words are known to be this format's; bad when columns are missing or a quote is open. */
export function parseColumns(line: string, origin: LineOrigin, number: number, shape: LineShape): ElbEvent | BadLine {
  const event = new ElbEvent(line, origin, number, shape);
  const found = scanColumns(line, shape.known, event);
  if (found >= shape.required) return event;
  if (found < 0) {
    return new BadLine('unterminated-quote', `column ${-found} begins with a quote that nothing closes`);
  }
  return new BadLine(
    'too-few-columns',
    `${found} columns, a line of ${shape.logType} has at least ${shape.required}: ${shown(line)}`,
  );
}

const shownBytes = 60;

/** The beginning of hostile text, quoted, in printable ASCII. */
export function shown(text: string): string {
  const cut = text.length > shownBytes ? `${text.slice(0, shownBytes)}…` : text;
  return JSON.stringify(cut).replace(/[^ -~…]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The text up to the first blank. */
export function firstWord(line: string): string {
  const end = line.indexOf(' ');
  return end < 0 ? line : line.slice(0, end);
}
