import { ipVersion } from '../../base/ip-address.ts';
import type { Fields, FieldValue } from '../../alert/alert.ts';

/** An address that an alert's fields hold. */
export interface AddressField {
  /** The last segment of the field's name, which names the address in enrichments: `client_ip`, `srcip`, `sourceips`. */
  readonly name: string;
  readonly address: string;
}

/**
 * The addresses of an alert, one for each field whose name ends as those of addresses do: `awselb.client_ip`, `ct.srcip`,
 * `ka.sourceips`, `fd.sip`, `fd.cip` and so on. Of a list (`ka.sourceips` has every proxy on the way) the first counts.
 * Other fields are left out although they may spell an address: a user agent is whatever its sender likes.
 */
export function addressFields(fields: Fields): readonly AddressField[] {
  const found: AddressField[] = [];
  for (const key in fields) {
    const name = addressName(key);
    if (name === '') continue;
    if (found.length === maxAddresses) break;
    const address = firstAddress(fields[key]);
    if (address !== undefined && !found.some((other) => other.name === name)) found.push({ name, address });
  }
  return found;
}

/** Alerts have a handful; the bound is for senders that make thousands up. */
const maxAddresses = 32;

/** Field names come from the catalogues of a few sources; the bound is for senders that make names up. */
const maxNames = 4_096;
const maxNameLength = 256;
const names = new Map<string, string>();

/** The last segment of a field's name where it names an address, else empty. */
function addressName(key: string): string {
  if (key.length > maxNameLength) return '';
  const known = names.get(key);
  if (known !== undefined) return known;
  const last = /(?:^|\.)([A-Za-z0-9_-]*ips?)(?:\[[^\]]*\])?$/.exec(key)?.[1] ?? '';
  if (names.size < maxNames) names.set(key, last);
  return last;
}

function firstAddress(value: FieldValue | undefined): string | undefined {
  if (typeof value === 'string') return ipVersion(value) === 0 ? undefined : value;
  return Array.isArray(value) ? firstAddress(value[0] as FieldValue | undefined) : undefined;
}
