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

const dot = 0x2e;
const colon = 0x3a;

export function parseIpv4(text: string): number | undefined {
  let address = 0;
  let part = -1;
  let parts = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : dot;
    if (code === dot) {
      if (part < 0 || ++parts > 4) return undefined;
      address = address * 256 + part;
      part = -1;
    } else if (code >= 0x30 && code <= 0x39) {
      if (part === 0) return undefined;
      part = (part < 0 ? 0 : part * 10) + code - 0x30;
      if (part > 255) return undefined;
    } else {
      return undefined;
    }
  }
  return parts === 4 ? address : undefined;
}

/** The longest text of an address: eight groups, the last two as IPv4. */
const maxIpv6Length = 45;

export function parseIpv6(text: string): string | undefined {
  if (text.length > maxIpv6Length) return undefined;
  let head = '';
  let tail = '';
  let compressed = false;
  let at = 0;
  if (text.startsWith('::')) {
    compressed = true;
    at = 2;
  }
  while (at < text.length) {
    const start = at;
    let group = 0;
    let code = text.charCodeAt(at);
    for (let digit = hexDigit(code); digit >= 0; digit = hexDigit(code)) {
      group = group * 16 + digit;
      code = text.charCodeAt(++at);
    }
    if (code === dot) {
      const ipv4 = parseIpv4(text.slice(start));
      if (ipv4 === undefined) return undefined;
      const groups = String.fromCharCode(ipv4 >>> 16, ipv4 & 0xffff);
      if (compressed) tail += groups;
      else head += groups;
      break;
    }
    if (at === start || at - start > 4) return undefined;
    if (compressed) tail += String.fromCharCode(group);
    else head += String.fromCharCode(group);
    if (at === text.length) break;
    if (code !== colon || ++at === text.length) return undefined;
    if (text.charCodeAt(at) !== colon) continue;
    if (compressed) return undefined;
    compressed = true;
    at++;
  }
  const missing = 8 - head.length - tail.length;
  if (compressed ? missing < 1 : missing !== 0) return undefined;
  return compressed ? head + '\0'.repeat(missing) + tail : head;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
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
