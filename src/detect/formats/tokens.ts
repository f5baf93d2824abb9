/**
 * Cuts a log line into columns: separated by blanks, a column that begins with a double quote ends at the next quote that
 * a blank or the line's end follows. ALB writes a quote inside a column as `\x22`, CLB as `\"`, and an NLB's list of
 * protocols, `"h2","http/1.1"`, is one column.
 *
 * Only the bounds are found, nothing is cut out. They stand in one table for the whole process, which belongs to the line
 * scanned last: an array for each line made the scan take 1.6 times as long. A reader of an older line scans it again.
 */
const maxColumns = 64;
const starts = new Int32Array(maxColumns);
const ends = new Int32Array(maxColumns);

const blank = 0x20;
const quote = 0x22;
const backslash = 0x5c;

/** Whose columns the table holds, compared by identity. */
let owner: object | undefined;
let count = 0;
let rest = 0;

/**
 * Finds the bounds of the first `known` columns of `line` for `reader`. The number of columns found, at most `known`, or −1 − c
 * when column c (from 0) begins with a quote that nothing closes; `columnStart(c)` then tells where. Linear in the line's length.
 */
export function scanColumns(line: string, known: number, reader: object): number {
  const length = line.length;
  let at = 0;
  let found = 0;
  owner = reader;
  count = 0;
  while (at < length && found < known) {
    const first = line.charCodeAt(at);
    if (first === blank) {
      at += 1;
    } else if (first === quote) {
      const end = closingQuote(line, at + 1);
      starts[found] = at + 1;
      if (end < 0) return -1 - found;
      ends[found] = end;
      found += 1;
      at = end + 1;
    } else {
      starts[found] = at;
      at = line.indexOf(' ', at);
      if (at < 0) at = length;
      ends[found] = at;
      found += 1;
    }
  }
  count = found;
  rest = at;
  return found;
}

/** True when the table holds the columns that `reader` scanned. */
export function holdsColumnsOf(reader: object): boolean {
  return owner === reader;
}

export function columnCount(): number {
  return count;
}

/** Where column `column` (from 0) begins, after its quote. Only below `columnCount()`. */
export function columnStart(column: number): number {
  return starts[column] ?? 0;
}

/** Where it ends, before its quote. */
export function columnEnd(column: number): number {
  return ends[column] ?? 0;
}

/** Where the text behind the known columns begins. */
export function restStart(): number {
  return rest;
}

/** The text without the blanks before and behind it. `trim` would also take the byte 0xA0, the end of an `à`. */
export function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) === blank) start += 1;
  while (end > start && text.charCodeAt(end - 1) === blank) end -= 1;
  return text.slice(start, end);
}

function closingQuote(line: string, from: number): number {
  let lastEscaped = -1;
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 1)) {
    if (at + 1 < line.length && line.charCodeAt(at + 1) !== blank) continue;
    if (line.charCodeAt(at - 1) !== backslash || !isEscaped(line, from, at)) return at;
    lastEscaped = at;
  }
  // A Classic user agent that ends in a backslash must not hide its line: then the last quote is the closing one.
  return lastEscaped;
}

function isEscaped(line: string, from: number, at: number): boolean {
  let first = at;
  while (first > from && line.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}
