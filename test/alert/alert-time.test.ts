import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertTime, alertTimeOfMs, alertTimeOfNs } from '../../src/alert/alert-time.ts';

describe('the time of an alert', () => {
  it('leaves Falco’s own form as it is', () => {
    expect(alertTime('2026-11-20T23:09:37.029160001Z')).toBe('2026-11-20T23:09:37.029160001Z');
    expect(alertTime('2024-02-29T00:00:00.000000000Z')).toBe('2024-02-29T00:00:00.000000000Z');
  });

  it.each([
    ['2026-11-20T23:09:37Z', '2026-11-20T23:09:37.000000000Z'],
    ['2026-11-20T23:09:37.5Z', '2026-11-20T23:09:37.500000000Z'],
    ['2026-11-20T23:09:37.123456+02:00', '2026-11-20T21:09:37.123456000Z'],
    ['2026-11-20T23:09:37.123456789-0930', '2026-11-21T08:39:37.123456789Z'],
    ['2026-11-20T23:25:03.815380000+0000', '2026-11-20T23:25:03.815380000Z'],
  ])('writes %s in UTC with nine decimals', (text, expected) => {
    expect(alertTime(text)).toBe(expected);
  });

  it.each([
    '',
    'now',
    '2026-11-20',
    '2026-02-29T00:00:00.000000000Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-20T24:00:01Z',
    '2026-11-20T23:60:00.000000000Z',
    '2026-11-20T23:09:37+24:00',
    '2026-11-20T23:09:37.1234567890Z',
    '2026-11-20 23:09:37Z',
    '0000-01-01T00:00:00+01:00',
    '2026-11-20T23:09:37.029160000Z\n',
  ])('is not %j', (text) => {
    expect(alertTime(text)).toBeUndefined();
  });

  it('comes from nanoseconds without losing one', () => {
    expect(alertTimeOfNs(1795216177029160001n)).toBe('2026-11-20T23:09:37.029160001Z');
    expect(alertTimeOfNs(-1n)).toBe('1969-12-31T23:59:59.999999999Z');
    expect(alertTimeOfNs(10n ** 30n)).toBeUndefined();
    expect(alertTimeOfMs(Number.NaN)).toBeUndefined();
  });

  it('sorts as text in the order of the instants', () => {
    const instant = fc.bigInt({ min: 0n, max: 253402300799999999999n });
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [left = '', right = ''] = [alertTimeOfNs(a), alertTimeOfNs(b)];
        expect(left < right).toBe(a < b);
        expect(alertTime(left)).toBe(left);
      }),
    );
  });

  it('writes an instant the same whatever was written before it', () => {
    const instants = [
      0n,
      999_999_999n,
      1_000_000_000n,
      -1n,
      1_000_000_000n,
      1_000_000_001n,
      10n ** 30n,
      1_000_000_001n,
      0n,
    ];
    expect(instants.map(alertTimeOfNs)).toEqual([
      '1970-01-01T00:00:00.000000000Z',
      '1970-01-01T00:00:00.999999999Z',
      '1970-01-01T00:00:01.000000000Z',
      '1969-12-31T23:59:59.999999999Z',
      '1970-01-01T00:00:01.000000000Z',
      '1970-01-01T00:00:01.000000001Z',
      undefined,
      '1970-01-01T00:00:01.000000001Z',
      '1970-01-01T00:00:00.000000000Z',
    ]);
  });
});
