import { describe, expect, it } from 'vitest';
import { moment } from '../../../src/detect/sources/moment.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

describe('a moment', () => {
  it.each([
    ['24h', '2026-11-20T12:00:00Z', true],
    ['7d', '2026-11-14T12:00:00Z', true],
    ['90m', '2026-11-21T10:30:00Z', true],
    ['2026-11-01', '2026-11-01T00:00:00Z', false],
    ['2026-11-01T08:30Z', '2026-11-01T08:30:00Z', false],
    ['2026-11-01T08:30:15Z', '2026-11-01T08:30:15Z', false],
  ])('%s', (text, at, relative) => {
    const parsed = moment.parse(text);
    expect(parsed.at(now)).toBe(Date.parse(at));
    expect(parsed).toMatchObject({ text, relative });
  });

  it.each(['', 'yesterday', '2026-13-01', '2026-11-01T08:30', '01.11.2026', '5'])('is not %j', (text) => {
    expect(() => moment.parse(text)).toThrow(/expected a date \(2026-11-01\), a time in UTC/);
  });
});
