/**
 * The first tab that yaml-cpp refuses as "illegal tab when looking for indentation" while it scans a plain scalar of block
 * context, if any. It looks for the scalar's next line until one that stands less deep or a comment, so in blank lines
 * behind the scalar too (ScanScalar in its scanscalar.cpp, the same in 0.7 and in the version that Falco 0.44.1 pins).
 * `start` and `end`: of the scalar in `text`. `indent`: the least column where the scalar may go on.
 */
export function illegalTabAt(text: string, start: number, end: number, indent: number): number | undefined {
  for (let line = nextLine(text, start, end); line !== undefined; line = nextLine(text, line, end)) {
    let at = line;
    while (text.charAt(at) === ' ') at++;
    if (at - line < indent && text.charAt(at) === '\t') return at;
  }
  return undefined;
}

/** Where the line after the one of `at` begins; undefined where that one ends the scalar at `end` with more than blanks behind it. */
function nextLine(text: string, at: number, end: number): number | undefined {
  const lineEnd = text.indexOf('\n', at);
  if (lineEnd === -1) return undefined;
  return lineEnd < end || /^[ \t\r]*$/.test(text.slice(Math.max(at, end), lineEnd)) ? lineEnd + 1 : undefined;
}

/** The column of a place in a text, from 0. */
export function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1);
}
