import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpv4, ipVersion } from '../../src/base/ip-address.ts';

describe('the number of an IPv4 address', () => {
  it.each([
    ['0.0.0.0', 0],
    ['255.255.255.255', 2 ** 32 - 1],
    ['1.2.3.4', 0x01020304],
    ['192.0.2.1', 0xc0000201],
  ])('of %s is %d', (text, number) => {
    expect(parseIpv4(text)).toBe(number);
  });

  it('is there for the texts that node:net takes, and for no others', () => {
    const part = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '01', '256', '1e1', ' 1', '+1', '٣'));
    const dotted = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.oneof(dotted, fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        expect(parseIpv4(text) !== undefined).toBe(isIP(text) === 4);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the version of an address', () => {
  it.each([
    '',
    ':',
    '::',
    ':::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '1::3:4:5:6:7:8:9',
  ])('is what node:net says: %j', (text) => {
    expect(ipVersion(text)).toBe(isIP(text));
  });

  it('is what node:net says, whatever the text is', () => {
    const group = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('0', '1', 'ab', 'DB8', 'ffff', '0000') },
      fc.constantFrom('', '12345', 'g', '1.2.3.4', '1.2.3', '٣'),
    );
    const colons = fc
      .array(fc.tuple(group, fc.constantFrom(':', ':', ':', ':', '::')), { maxLength: 10 })
      .map((parts) => parts.flat().join(''));
    const end = fc.constantFrom(
      '',
      '1',
      'ffff',
      '1.2.3.4',
      '1.2.3.256',
      ':',
      '%eth0',
      '1%a.b-c:1',
      '1%',
      '1%é',
      '1%1%2',
      '\n',
    );
    const start = fc.constantFrom('', '', '', '::', ':', 'x');
    const text = fc.tuple(start, colons, end).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof({ weight: 6, arbitrary: text }, fc.ipV4(), fc.ipV6(), fc.string()), (address) => {
        expect(ipVersion(address)).toBe(isIP(address));
      }),
      { numRuns: 20_000 },
    );
  });
});
