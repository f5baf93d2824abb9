import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { Reader } from 'maxmind';
import { describe, expect, it } from 'vitest';
import { embeddedDatabase } from '../../src/geoip/embedded.ts';
import { parseIpv4 } from '../../src/base/ip-address.ts';
import { ipv4Tree } from '../../src/geoip/ipv4-tree.ts';
import { writeMmdb } from '../support/mmdb.ts';

/** Equal places are equal records, and there is one where the library finds one. */
function agrees(bytes: Buffer, addresses: readonly string[]): void {
  const reader = new Reader<object>(bytes);
  const tree = ipv4Tree(bytes, reader.metadata);
  const at = new Map<number, string>();
  for (const address of addresses) {
    const place = tree(parseIpv4(address)!);
    const record = reader.get(address);
    expect(place === undefined).toBe(record === null);
    if (place === undefined) continue;
    const text = JSON.stringify(record);
    expect(at.get(place) ?? text).toBe(text);
    at.set(place, text);
  }
}

/** The same tree with numbers of 28 or 24 bits. */
function narrowed(bytes: Buffer, bits: 24 | 28): { readonly tree: Buffer; readonly nodeCount: number } {
  const { nodeCount } = new Reader(bytes).metadata;
  const nodes = Array.from({ length: nodeCount }, (_, node) => {
    const [left, right] = [bytes.readUInt32BE(node * 8), bytes.readUInt32BE(node * 8 + 4)];
    if (bits === 24) return hex(left, 6) + hex(right, 6);
    return hex(left & 0xffffff, 6) + hex(left >>> 24, 1) + hex(right >>> 24, 1) + hex(right & 0xffffff, 6);
  });
  return { tree: Buffer.from(nodes.join(''), 'hex'), nodeCount };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

const networks = {
  '1.0.0.0/8': { country: { iso_code: 'AU' } },
  '81.2.69.0/24': { country: { iso_code: 'GB' } },
  '81.2.70.128/25': { country: { iso_code: 'FR' } },
  '203.0.113.7/32': { country: { iso_code: 'DE' } },
  '2001:db8::/32': { country: { iso_code: 'US' } },
};
const addresses = ['1.2.3.4', '2.0.0.1', '81.2.69.142', '81.2.70.127', '81.2.70.128', '203.0.113.6', '203.0.113.7'];

describe('the tree of IPv4 addresses', () => {
  it.each([4, 6])('finds in a database for IPv%d what the library finds', (ipVersion) => {
    const { '2001:db8::/32': _, ...only4 } = networks;
    agrees(writeMmdb(ipVersion === 4 ? only4 : networks, { ipVersion }), addresses);
  });

  it.each([24, 28] as const)('reads numbers of %d bits as those of 32', (recordSize) => {
    const wide = writeMmdb(networks);
    const { tree, nodeCount } = narrowed(wide, recordSize);
    const [at, there] = [
      ipv4Tree(tree, { nodeCount, recordSize, ipVersion: 6 }),
      ipv4Tree(wide, new Reader(wide).metadata),
    ];
    for (const address of addresses) expect(at(parseIpv4(address)!)).toBe(there(parseIpv4(address)!));
  });

  it('finds in the embedded database what the library finds', () => {
    const path = embeddedDatabase();
    if (path === undefined) throw new Error('the embedded database is not installed');
    agrees(readFileSync(path), fc.sample(fc.ipV4(), 500));
  });

  it('ends in a tree that points anywhere', () => {
    const bytes = Buffer.alloc(64, 0);
    for (let at = 0; at < 64; at += 4) bytes.writeUInt32BE(7, at);
    expect(ipv4Tree(bytes, { nodeCount: 1_000_000, recordSize: 32, ipVersion: 6 })(0x01020304)).toBeUndefined();
    expect(ipv4Tree(Buffer.alloc(0), { nodeCount: 3, recordSize: 28, ipVersion: 4 })(1)).toBeUndefined();
  });
});
