import { parseIpv4, parseIpv6 } from '../../../base/ip-address.ts';

/**
 * Addresses in a form that compares fast: IPv4 is a number, IPv6 a string of its eight 16-bit groups. The families never
 * mix, as in Falco, where `::ffff:1.2.3.4` is not 1.2.3.4. (A bigint for IPv6 cost three times as much to make.)
 */
export type Address = number | string;

export type Network =
  | { readonly family: 4; readonly base: number; readonly mask: number }
  /** The first `groups` groups are those of `base`, and the bits of `mask` in the next one. */
  | { readonly family: 6; readonly base: string; readonly groups: number; readonly mask: number };

/** Reads an address as inet_pton(3) does: no blanks, no leading zeros in IPv4, no zone. Undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function makeIpv4Network(address: number, prefixLength: number): Network {
  const mask = prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) | 0;
  return { family: 4, base: address & mask, mask };
}

export function makeIpv6Network(base: string, prefixLength: number): Network {
  return { family: 6, base, groups: prefixLength >> 4, mask: 0xffff & ~(0xffff >> (prefixLength & 15)) };
}

/** False across families. */
export function isWithin(address: Address, network: Network): boolean {
  if (network.family === 4) return typeof address === 'number' && (address & network.mask) === network.base;
  if (typeof address === 'number') return false;
  const { base, groups, mask } = network;
  for (let group = 0; group < groups; group++) {
    if (address.charCodeAt(group) !== base.charCodeAt(group)) return false;
  }
  return groups === 8 || ((address.charCodeAt(groups) ^ base.charCodeAt(groups)) & mask) === 0;
}
