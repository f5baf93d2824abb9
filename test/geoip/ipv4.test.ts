import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4Number } from '../../src/geoip/ipv4.ts';

describe('the number of an IPv4 address', () => {
  it.each([
    ['0.0.0.0', 0],
    ['255.255.255.255', 2 ** 32 - 1],
    ['1.2.3.4', 0x01020304],
    ['192.0.2.1', 0xc0000201],
  ])('of %s is %d', (text, number) => {
    expect(ipv4Number(text)).toBe(number);
  });

  it('is there for the texts that node:net takes, and for no others', () => {
    const part = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '01', '256', '1e1', ' 1', '+1', '٣'));
    const dotted = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.oneof(dotted, fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        expect(ipv4Number(text) !== -1).toBe(isIP(text) === 4);
      }),
      { numRuns: 2_000 },
    );
  });
});
