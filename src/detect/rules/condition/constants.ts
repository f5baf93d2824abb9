import { parseIpv4, parseIpv6 } from '../../../base/ip-address.ts';
import { bytesOfText } from '../../../base/bytes.ts';
import type { FieldType } from '../../formats/format.ts';
import { canonicalInteger } from '../generic-fields.ts';
import { type Address, type Network, makeIpv4Network, makeIpv6Network } from './address.ts';
import type { Operand } from './checked.ts';

/** A constant that its field's type cannot take; the message is Falco's. */
export class ConstantFault extends Error {}

/** Falco keeps constants in 256 bytes with their terminator. */
const maxConstantBytes = 255;

/** The value that `text` stands for where a field of `type` is compared with it. Throws `ConstantFault`. */
export function coerceConstant(type: FieldType, text: string): Operand {
  if (text.includes('\0')) throw new ConstantFault('filter error: filter value cannot contain a NUL byte (\\x00)');
  switch (type) {
    case 'string':
    case 'bytebuf':
      return coerceString(text);
    case 'uint64':
    case 'reltime':
    case 'abstime':
      return canonicalInteger(parseUnsigned(text));
    case 'bool':
      if (text === 'true' || text === 'false') return text === 'true';
      throw new ConstantFault(`filter error: unrecognized boolean value ${text}`);
    case 'ipaddr':
      return coerceAddress(text);
    case 'ipnet':
      return coerceNetwork(text);
  }
}

function coerceString(text: string): string {
  const bytes = bytesOfText(text);
  if (bytes.length > maxConstantBytes) {
    throw new ConstantFault(`filter parameter too long (used=${bytes.length + 1}, available=256):${text}`);
  }
  return bytes;
}

/** The bytes that `bcontains` and `bstartswith` look for, written in hexadecimal. */
export function coerceHex(text: string): string {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) {
    throw new ConstantFault('filter error: bcontains and bstartswith operator support hex strings only');
  }
  if (text.length > 2 * maxConstantBytes) throw new ConstantFault('filter parameter too long (byte buf)');
  return Buffer.from(text, 'hex').toString('latin1');
}

const maxUnsigned = 2n ** 64n - 1n;

/** As sscanf("%lu%c") with nothing behind: blanks and a sign before, `-1` wraps around, too much is the maximum. */
function parseUnsigned(text: string): bigint {
  const [, sign, digits] = /^[ \t-\r]*([+-]?)([0-9]+)$/.exec(text) ?? [];
  if (digits === undefined) throw new ConstantFault(`${text} is not a valid number`);
  const value = BigInt(digits);
  if (value > maxUnsigned) return maxUnsigned;
  return sign === '-' ? BigInt.asUintN(64, -value) : value;
}

/** A dot decides for IPv4: `::ffff:1.2.3.4` is an error. */
function coerceAddress(text: string): Address {
  const address = text.includes('.') ? parseIpv4(text) : parseIpv6(text);
  if (address !== undefined) return address;
  throw new ConstantFault(`unrecognized ${text.includes('.') ? 'IPv4' : 'IPv6'} address ${text}`);
}

function coerceNetwork(text: string): Network {
  const slash = text.indexOf('/');
  const ipv4 = text.includes('.');
  if (slash < 0) throw new ConstantFault(`${ipv4 ? 'unrecognized IP network ' : 'invalid v6 netmask: '}${text}`);
  const address = text.slice(0, slash);
  const mask = text.slice(slash + 1).split('\n', 1)[0] ?? '';
  const base = ipv4 ? parseIpv4(address) : parseIpv6(address);
  if (base === undefined) throw new ConstantFault(`unrecognized ${ipv4 ? 'IP' : 'IPv6'} address ${text}`);
  // Falco keeps the prefix length in a byte: /264 is /8.
  const length = Number(BigInt.asUintN(8, parseUnsigned(mask)));
  if (typeof base === 'number') {
    if (length > 32) throw new ConstantFault(`invalid netmask ${mask}`);
    return makeIpv4Network(base, length);
  }
  if (length === 0 || length > 128) throw new ConstantFault(`invalid v6 netmask ${mask}`);
  return makeIpv6Network(base, length);
}
