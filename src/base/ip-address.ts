/**
 * 4 or 6 for the text of an address, else 0: as `net.isIP`, whose regular expression for IPv6 takes a start 7 ms to compile.
 */
export function ipVersion(text: string): 0 | 4 | 6 {
  if (parseIpv4(text) !== undefined) return 4;
  const zone = text.indexOf('%');
  if (zone === -1) return parseIpv6(text) === undefined ? 0 : 6;
  return parseIpv6(text.slice(0, zone)) !== undefined && /^%[0-9a-zA-Z.:-]+$/.test(text.slice(zone)) ? 6 : 0;
}

const dot = 0x2e;
const colon = 0x3a;

/** The number of an IPv4 address: four numbers of 0 to 255 without leading zeros; undefined for any other text. */
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

/** The eight 16-bit groups of an IPv6 address without a zone, a character each; undefined for any other text. */
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
