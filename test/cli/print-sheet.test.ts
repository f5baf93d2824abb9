import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrintSheet } from '../../src/cli/print-sheet.ts';
import { memoryOf } from '../../src/cli/printed-alerts.ts';

const time = '2026-09-15T18:05:00.000Z';

describe('the sheet that alerts are written on', () => {
  it('holds lines in their order, written as text or as bytes, however long they are', () => {
    const sheet = new PrintSheet();
    const lines = fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(2000), fc.boolean()));
    fc.assert(
      fc.property(lines, (written) => {
        const expected = written.map(([text, times, asBytes]) => {
          const line = text.repeat(times);
          if (asBytes) {
            const at = sheet.space(Buffer.byteLength(line));
            sheet.wrote(sheet.bytes.write(line, at), time, 'Rule');
          } else sheet.add(line, time, 'Rule');
          return `${line}\n`;
        });
        const printed = sheet.take();
        expect(Buffer.concat(printed.map(({ text }) => text)).equals(Buffer.from(expected.join('')))).toBe(true);
        const hours = [{ hour: '2026-09-15T18:00:00Z', rule: 'Rule', alerts: written.length }];
        expect(printed.flatMap((each) => each.hours)).toEqual(written.length === 0 ? [] : hours);
      }),
      { numRuns: 50 },
    );
  });

  it('gives what was written away, and nothing of it is left', () => {
    const sheet = new PrintSheet();
    sheet.add('one', time, 'A');
    const first = sheet.take();
    sheet.add('two', time, 'B');
    structuredClone(first, { transfer: memoryOf(first) });
    expect(first[0]?.text.length).toBe(0);
    expect(sheet.take()).toEqual([
      { text: Buffer.from('two\n'), hours: [{ hour: '2026-09-15T18:00:00Z', rule: 'B', alerts: 1 }] },
    ]);
    expect(sheet.take()).toEqual([]);
  });
});
