import { SocketAddress } from 'node:net';
import type { FieldValue } from '../../../alert/alert.ts';
import { textOfBytes } from '../../../base/bytes.ts';
import type { EventValue, FieldType } from '../../formats/format.ts';

/** Falco copies a list's text through a buffer of 1024 bytes, the last for its NUL. Scalars are not cut. */
const maxListBytes = 1023;

/** The value as an output's text shows it, a byte string, to its first NUL. A missing one shows as `<NA>`. */
export function renderText(value: EventValue | undefined, type: FieldType): string {
  if (value === undefined) return '<NA>';
  if (typeof value !== 'object') return scalarText(value, type);
  let text = '(';
  for (const item of value) {
    // Falco puts the comma once anything stands behind the parenthesis: an empty first element leaves none.
    text += `${text.length > 1 ? ',' : ''}${renderText(item, type)}`;
    if (text.length > maxListBytes) break;
  }
  return `${text})`.slice(0, maxListBytes);
}

/** The value as `output_fields` has it. A missing one is null. */
export function renderJson(value: EventValue | undefined, type: FieldType): FieldValue {
  if (value === undefined) return null;
  if (typeof value === 'object') return value.map((item) => renderJson(item, type));
  return typeof value === 'string' ? textOfBytes(scalarText(value, type)) : value;
}

function scalarText(value: string | number | bigint | boolean, type: FieldType): string {
  if (type === 'ipnet') return '<IPNET>';
  if (typeof value !== 'string') return String(value);
  if (type === 'ipaddr') return addressText(value);
  return toFirstNul(value);
}

export function toFirstNul(value: string): string {
  const nul = value.indexOf('\0');
  return nul === -1 ? value : value.slice(0, nul);
}

/** IPv6 in its shortest form and lower case, as inet_ntop writes it. */
function addressText(address: string): string {
  if (!address.includes(':')) return address;
  try {
    return new SocketAddress({ address, family: 'ipv6' }).address;
  } catch {
    return address;
  }
}
