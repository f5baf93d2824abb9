import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { NetworkTable } from '../../src/base/network-table.ts';

function table(...networks: readonly string[]): NetworkTable<string> {
  const found = new NetworkTable<string>();
  for (const network of networks) found.add(network, network);
  return found;
}

describe('a table of networks', () => {
  it('gives the smallest network around an address', () => {
    const networks = table('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '0.0.0.0/0', '2001:db8::/32', '2001:db8::1/128');
    expect(networks.find('10.1.2.3')).toBe('10.1.2.3');
    expect(networks.find('10.1.2.4')).toBe('10.1.0.0/16');
    expect(networks.find('10.2.0.0')).toBe('10.0.0.0/8');
    expect(networks.find('11.0.0.0')).toBe('0.0.0.0/0');
    expect(networks.find('2001:db8::1')).toBe('2001:db8::1/128');
    expect(networks.find('2001:db8::2%eth0')).toBe('2001:db8::/32');
    expect(networks.find('2001:db9::')).toBeUndefined();
    expect(networks.find('::ffff:10.2.0.0')).toBe('10.0.0.0/8');
    expect(networks.size).toBe(6);
  });

  it('ignores the bits behind the prefix', () => {
    expect(table('192.0.2.77/24').find('192.0.2.1')).toBe('192.0.2.77/24');
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/1e1',
    'x',
    '0x0a.0.0.1',
  ])('says what is wrong with %j', (network) => {
    expect(() => table(network)).toThrow(/is no network: write an address or a CIDR/);
  });

  it.each(['', 'x', '10.1', '10.0.0.1/8', '1::2::3'])('holds no %j', (address) => {
    expect(table('0.0.0.0/0', '::/0').find(address)).toBeUndefined();
  });

  it('agrees with a search through all networks', () => {
    const network = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(
        fc.ipV6().filter((text) => !text.includes('.')),
        fc.integer({ min: 0, max: 128 }),
      ),
    );
    fc.assert(
      fc.property(fc.array(network, { maxLength: 20 }), fc.oneof(fc.ipV4(), fc.ipV6()), (networks, address) => {
        const texts = networks.map(([start, bits]) => `${start}/${bits}`);
        const parsed = ipaddr.process(address);
        const around = networks.filter(([start, bits]) => {
          const from = ipaddr.process(start);
          return (
            from.kind() === parsed.kind() && ipaddr.parse(start).kind() === from.kind() && parsed.match(from, bits)
          );
        });
        const longest = Math.max(...around.map(([, bits]) => bits));
        const found = table(...texts).find(address);
        expect(found === undefined ? -Infinity : Number(found.split('/')[1])).toBe(longest);
      }),
    );
  });
});
