import ipaddr from 'ipaddr.js';
import { parseIpv4, ipVersion } from '../base/ip-address.ts';

/** What kind of network an address belongs to, by IANA's special-purpose registries. */
export type Scope =
  | 'public'
  | 'private'
  | 'shared'
  | 'loopback'
  | 'link-local'
  | 'multicast'
  | 'documentation'
  | 'reserved';

const scopes: Readonly<Record<string, Scope>> = {
  unicast: 'public',
  // Globally routed, and locatable through the IPv4 address inside or the anycast operator.
  '6to4': 'public',
  teredo: 'public',
  rfc6052: 'public',
  as112: 'public',
  as112v6: 'public',
  amt: 'public',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'shared',
  loopback: 'loopback',
  linkLocal: 'link-local',
  multicast: 'multicast',
};

const documentation = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'].map((net) =>
  ipaddr.parseCIDR(net),
);

/**
 * The address as databases and lists want it: no zone, IPv4-mapped IPv6 as IPv4, IPv6 in its shortest form. Undefined for
 * anything else than an address: also for `127.1` and `0x7f000001`, which some parsers take as one.
 */
export function canonicalAddress(text: string): string | undefined {
  const version = ipVersion(text);
  if (version === 4) return text;
  return version === 6 ? ipaddr.process(withoutZone(text)).toString() : undefined;
}

/** The first numbers of all IPv4 addresses that may be something else than public. */
const specialFirst = new Set([
  0,
  10,
  100,
  127,
  169,
  172,
  192,
  198,
  203,
  ...Array.from({ length: 32 }, (_, n) => 224 + n),
]);

/** The scope of an address, undefined where the text is none. */
export function scopeOf(text: string): Scope | undefined {
  const number = parseIpv4(text);
  if (number === undefined && ipVersion(text) === 0) return undefined;
  if (number !== undefined && !specialFirst.has(number >>> 24)) return 'public';
  const address = ipaddr.process(withoutZone(text));
  if (documentation.some(([net, bits]) => net.kind() === address.kind() && address.match(net, bits))) {
    return 'documentation';
  }
  return scopes[address.range()] ?? 'reserved';
}

function withoutZone(address: string): string {
  const at = address.indexOf('%');
  return at === -1 ? address : address.slice(0, at);
}
