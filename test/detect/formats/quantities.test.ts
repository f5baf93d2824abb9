import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microsIn, millisOfMicros, nanosOf, uintIn } from '../../../src/detect/formats/quantities.ts';

const uint = (text: string): number | bigint | undefined => uintIn(text, 0, text.length);
const micros = (text: string): number | undefined => microsIn(text, 0, text.length);

describe('times', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01T00:00:01', 1_000_000_000n],
    ['2024-02-29T23:59:59.999999999Z', 1_709_251_199_999_999_999n],
    ['2000-02-29T00:00:00Z', 951_782_400_000_000_000n],
    ['2018-12-20T02:59:40', 1_545_274_780_000_000_000n],
    ['2026-10-05T14:03:07.1Z', 1_791_208_987_100_000_000n],
    ['2026-10-05T14:03:07.12345678999Z', 1_791_208_987_123_456_789n],
    ['2026-10-05T16:33:07+02:30', 1_791_208_987_000_000_000n],
    ['2026-10-05T11:03:07.5-03:00', 1_791_208_987_500_000_000n],
    ['2026-12-31T23:59:60Z', 1_798_761_600_000_000_000n],
  ])('%s', (time, nanos) => {
    expect(nanosOf(time)).toBe(nanos);
  });

  it.each([
    '',
    '-',
    '2026-10-05',
    '2026-10-05T14:03Z',
    '2026-10-05 14:03:07Z',
    '2026-10-05T14:03:07.Z',
    '2026-10-05T14:03:07ZZ',
    '2026-10-05T14:03:07z',
    '2026-10-05T14:03:07+0200',
    '2026-10-05T14:03:07+02:00Z',
    '2026-00-05T14:03:07Z',
    '2026-13-05T14:03:07Z',
    '2026-06-31T14:03:07Z',
    '2026-06-00T14:03:07Z',
    '2100-02-29T00:00:00Z',
    '2026-10-05T24:00:00Z',
    '2026-10-05T14:60:07Z',
    '2026-10-05T14:03:61Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+01:00',
    '+026-10-05T14:03:07Z',
    '2026-1x-05T14:03:07Z',
    '2026/10/05T14:03:07Z',
  ])('%s is none', (text) => {
    expect(nanosOf(text)).toBe(0n);
  });

  it('agree with the clock of the language', () => {
    const instant = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(
      fc.property(instant, (date) => {
        expect(nanosOf(date.toISOString())).toBe(BigInt(date.getTime()) * 1_000_000n);
      }),
    );
  });
});

describe('numbers', () => {
  it('are whole, without sign, of up to 64 bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(uint(String(value))).toBe(value > BigInt(Number.MAX_SAFE_INTEGER) ? value : Number(value));
      }),
    );
    expect(uint('18446744073709551616')).toBeUndefined();
    expect(uint('00000000000000000000000000000007')).toBeUndefined();
    for (const text of ['', '-', '-1', '+1', '1.0', '0x1', '1e3', ' 1', '123456789012345x', '12345678901234567x']) {
      expect([text, uint(text)]).toEqual([text, undefined]);
    }
  });

  it('of seconds are exact to the microsecond', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(999_999), (whole, fraction) => {
        expect(micros(`${whole}.${String(fraction).padStart(6, '0')}`)).toBe(whole * 1_000_000 + fraction);
      }),
    );
    expect(micros('0.0000019')).toBe(1);
    expect(micros('9007199254.740991')).toBe(Number.MAX_SAFE_INTEGER);
    for (const text of ['', '-', '-1', '.5', '1.', '1,5', '1e3', '9007199254.740992', '9'.repeat(400)]) {
      expect([text, micros(text)]).toEqual([text, undefined]);
    }
  });

  it('of milliseconds are rounded, a half up', () => {
    expect([0, 499, 500, 1499, 1500].map(millisOfMicros)).toEqual([0, 0, 1, 1, 2]);
  });
});
