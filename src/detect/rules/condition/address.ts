/**
 * Addresses as integers, so that a comparison costs no text: IPv4 is a number, IPv6 a bigint. The families never mix
 * (`1` and `1n` are different values), as in Falco, where `::ffff:1.2.3.4` is not 1.2.3.4.
 */
export type Address = number | bigint;

export type Network =
  | { readonly family: 4; readonly base: number; readonly mask: number }
  | { readonly family: 6; readonly prefix: bigint; readonly hostBits: bigint };

/** Reads an address as inet_pton(3) does: no blanks, no leading zeros in IPv4, no zone. Undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function parseIpv4(text: string): number | undefined {
  let address = 0;
  let part = -1;
  let parts = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0x2e;
    if (code === 0x2e) {
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

const hexGroup = /^[0-9a-fA-F]{1,4}$/;

export function parseIpv6(text: string): bigint | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1)?.at(-1);
  if (last?.includes('.')) {
    const tail = parseIpv4(last);
    if (tail === undefined) return undefined;
    groups.at(-1)?.splice(-1, 1, (tail >>> 16).toString(16), (tail & 0xffff).toString(16));
  }
  const count = groups.flat().length;
  if (halves.length === 1 ? count !== 8 : count > 7) return undefined;
  const [head = [], tail = []] = groups;
  let hex = '0x';
  for (const group of [...head, ...Array<string>(8 - count).fill('0'), ...tail]) {
    if (!hexGroup.test(group)) return undefined;
    hex += group.padStart(4, '0');
  }
  return BigInt(hex);
}

export function makeIpv4Network(address: number, prefixLength: number): Network {
  const mask = prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) | 0;
  return { family: 4, base: address & mask, mask };
}

export function makeIpv6Network(address: bigint, prefixLength: number): Network {
  const hostBits = BigInt(128 - prefixLength);
  return { family: 6, prefix: address >> hostBits, hostBits };
}

/** False across families. */
export function isWithin(address: Address, network: Network): boolean {
  if (typeof address === 'number') return network.family === 4 && (address & network.mask) === network.base;
  return network.family === 6 && address >> network.hostBits === network.prefix;
}
