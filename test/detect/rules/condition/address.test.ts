import { isIPv4, isIPv6 } from 'node:net';
import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { parseIpv4, parseIpv6 } from '../../../../src/base/ip-address.ts';
import {
  isWithin,
  makeIpv4Network,
  makeIpv6Network,
  parseAddress,
} from '../../../../src/detect/rules/condition/address.ts';

const ipv6Text = fc.oneof(
  fc.ipV6().filter((text) => !text.includes('%')),
  fc.string({ unit: fc.constantFrom('0', '1', 'a', 'F', ':', '::', '.', '255', 'g', '%'), maxLength: 16 }),
);

describe('addresses', () => {
  it('are read exactly where Node and inet_pton read them', () => {
    const ipv4Text = fc.oneof(
      fc.ipV4(),
      fc.string({ unit: fc.constantFrom('0', '1', '255', '256', '.', 'a'), maxLength: 9 }),
    );
    fc.assert(
      fc.property(ipv4Text, (text) => {
        expect(parseIpv4(text) !== undefined).toBe(isIPv4(text));
      }),
    );
    fc.assert(
      fc.property(ipv6Text, (text) => {
        const address = parseIpv6(text);
        expect(address !== undefined, text).toBe(isIPv6(text) && !text.includes('%'));
        // ipaddr.js reads ::1.2.3.4 as ::ffff:1.2.3.4, which is another address.
        if (address === undefined || text.includes('.')) return;
        const groups = ipaddr.IPv6.parse(text).parts;
        expect(Array.from({ length: 8 }, (_, n) => address.charCodeAt(n))).toEqual(groups);
      }),
      { numRuns: 500 },
    );
  });

  it('may end in IPv4', () => {
    expect(parseIpv6('::1.2.3.4')).toBe(parseIpv6('::102:304'));
    expect(parseIpv6('1:2:3:4:5:6:255.255.0.1')).toBe(parseIpv6('1:2:3:4:5:6:ffff:1'));
    expect(parseIpv6('1:2:3:4:5:6:7:1.2.3.4')).toBeUndefined();
    expect(parseIpv6('::1.2.3.4:5')).toBeUndefined();
  });

  it('lie within the networks that ipaddr.js says', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (text, base, length) => {
        const network = makeIpv4Network(parseIpv4(base) ?? 0, length);
        const address = parseAddress(text) ?? '';
        expect(isWithin(address, network)).toBe(ipaddr.IPv4.parse(text).match(ipaddr.IPv4.parse(base), length));
      }),
    );
    const near = fc.integer({ min: 0, max: 0xffff }).map((n) => `2001:db8::${n.toString(16)}`);
    fc.assert(
      fc.property(near, near, fc.integer({ min: 1, max: 128 }), (text, base, length) => {
        const network = makeIpv6Network(parseIpv6(base) ?? '', length);
        expect(isWithin(parseAddress(text) ?? 0, network)).toBe(
          ipaddr.IPv6.parse(text).match(ipaddr.IPv6.parse(base), length),
        );
      }),
    );
  });

  it('never lie in a network of the other family', () => {
    expect(isWithin(parseAddress('::ffff:1.2.3.4') ?? 0, makeIpv4Network(0, 0))).toBe(false);
    expect(isWithin(parseAddress('0.0.0.1') ?? '', makeIpv6Network(parseIpv6('::') ?? '', 1))).toBe(false);
  });
});
