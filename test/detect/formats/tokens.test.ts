import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnCount,
  columnEnd,
  columnStart,
  holdsColumnsOf,
  restStart,
  scanColumns,
} from '../../../src/detect/formats/tokens.ts';

/** The columns as text; the number of the column (from 0) whose quote is open. */
function cut(line: string, known = 64): { columns: string[]; rest: string } | number {
  const found = scanColumns(line, known, {});
  if (found < 0) return -1 - found;
  const columns = Array.from({ length: columnCount() }, (_, at) => line.slice(columnStart(at), columnEnd(at)));
  return { columns, rest: line.slice(restStart()) };
}

describe('columns of a line', () => {
  it('are divided by blanks, and quotes keep blanks together', () => {
    expect(cut('a "b c" d')).toEqual({ columns: ['a', 'b c', 'd'], rest: '' });
    expect(cut('"" "-" -')).toEqual({ columns: ['', '-', '-'], rest: '' });
    expect(cut('  a   b  ')).toEqual({ columns: ['a', 'b'], rest: '' });
    expect(cut('')).toEqual({ columns: [], rest: '' });
  });

  it('end at a quote only where a blank or the end follows', () => {
    expect(cut('"h2","http/1.1" x')).toEqual({ columns: ['h2","http/1.1', 'x'], rest: '' });
    expect(cut('"say "this" now" x')).toEqual({ columns: ['say "this', 'now"', 'x'], rest: '' });
    expect(cut('a"b c" d')).toEqual({ columns: ['a"b', 'c"', 'd'], rest: '' });
  });

  it('do not end at a quote behind an odd number of backslashes', () => {
    expect(cut('"a \\" b" c')).toEqual({ columns: ['a \\" b', 'c'], rest: '' });
    expect(cut('"a \\\\" c')).toEqual({ columns: ['a \\\\', 'c'], rest: '' });
    expect(cut('"a \\\\\\" b" c')).toEqual({ columns: ['a \\\\\\" b', 'c'], rest: '' });
    expect(cut('"\\" b" c')).toEqual({ columns: ['\\" b', 'c'], rest: '' });
  });

  it('end at the last escaped quote when no other closes them', () => {
    expect(cut('"evil\\" - -')).toEqual({ columns: ['evil\\', '-', '-'], rest: '' });
    expect(cut('"say \\"x\\" evil\\" - -')).toEqual({ columns: ['say \\"x\\" evil\\', '-', '-'], rest: '' });
  });

  it('are not more than the known ones, and what follows is left alone', () => {
    expect(cut('a b "c d" "open', 2)).toEqual({ columns: ['a', 'b'], rest: ' "c d" "open' });
    expect(cut('a b', 2)).toEqual({ columns: ['a', 'b'], rest: '' });
  });

  it('are refused at the column whose quote is open', () => {
    expect(cut('"a')).toBe(0);
    expect(cut('a b "c d')).toBe(2);
    expect(cut('a "')).toBe(1);
    expect(cut('a "b"c')).toBe(1);
  });

  it('belong to the reader that scanned last', () => {
    const [one, two] = [{}, {}];
    scanColumns('a b', 9, one);
    expect([holdsColumnsOf(one), holdsColumnsOf(two)]).toEqual([true, false]);
    scanColumns('c', 9, two);
    expect([holdsColumnsOf(one), holdsColumnsOf(two), columnCount()]).toEqual([false, true, 1]);
    expect(scanColumns('"', 9, one)).toBe(-1);
    expect(columnCount()).toBe(0);
  });

  it('are what was written, for columns that AWS could write', () => {
    const word = fc.string({ unit: fc.constantFrom('a', '-', ':', '/', '.', "'"), minLength: 1, maxLength: 8 });
    const quoted = fc.string({ unit: fc.constantFrom('a', ' ', '\\x22', '\\"', ','), maxLength: 8 });
    const column = fc.oneof(
      word.map((text) => [text, text] as const),
      quoted.map((text) => [text, `"${text}"`] as const),
    );
    fc.assert(
      fc.property(fc.array(column, { maxLength: 40 }), (columns) => {
        const line = columns.map(([, written]) => written).join(' ');
        expect(cut(line)).toEqual({ columns: columns.map(([text]) => text), rest: '' });
      }),
    );
  });
});
