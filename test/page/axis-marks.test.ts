import { describe, expect, it } from 'vitest';
import { axisMarks } from '../../src/page/overview/axis-marks.ts';

const at = (text: string): number => Date.parse(text);

describe('marks of the time axis', () => {
  it('stand at round times, the day at midnight', () => {
    const marks = axisMarks(at('2026-11-20T21:55:00Z'), at('2026-11-21T02:10:00Z'), 6);
    expect(marks.map(({ label }) => label)).toEqual(['22:00', '23:00', '21 Nov', '01:00', '02:00']);
  });

  it.each([
    ['2026-11-21T03:00:00Z', '2026-11-21T03:00:20Z', '03:00:00'],
    ['2026-11-01T00:00:00Z', '2026-11-21T00:00:00Z', '5 Nov'],
    ['2024-01-01T00:00:00Z', '2026-11-21T00:00:00Z', 'Dec 2024'],
  ])('fit %s to %s', (start, end, first) => {
    const marks = axisMarks(at(start), at(end), 8);
    expect(marks.length).toBeLessThanOrEqual(8);
    expect(marks[0]?.label).toBe(first);
  });
});
