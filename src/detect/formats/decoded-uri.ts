/**
 * What a URI says once every layer of encoding is off, for rules: percent-decoded until nothing is left to decode, `+` as a
 * blank, ASCII letters in lower case. Falco has no URL decoding and attackers encode, twice and in part.
 *
 * One pass: a decoded byte joins what stands before it, so `%252e` and `%%32%65` fold up as they are read and depth costs
 * nothing. `%00` stays written out: Falco's strings end at a NUL, and an attacker could hide the rest of the URI behind one.
 * Bytes beyond the first `maxDecoded` are only put into lower case.
 */
export function decodedUri(uri: string): string {
  let hasUpper = false;
  for (let at = 0; at < uri.length; at += 1) {
    const code = uri.charCodeAt(at);
    if (code === percent || code === plus || code > 0x7f) return decodedParts(uri);
    if (code >= upperA && code <= upperZ) hasUpper = true;
  }
  return hasUpper ? uri.toLowerCase() : uri;
}

// Several checks ask for the same one.
let lastUri = '';
let lastDecoded = '';

function decodedParts(uri: string): string {
  if (uri !== lastUri) {
    const rest = uri.length <= maxDecoded ? '' : lowerAscii(uri.slice(maxDecoded));
    lastDecoded = decode(uri.slice(0, maxDecoded)) + rest;
    lastUri = uri;
  }
  return lastDecoded;
}

export const maxDecoded = 65_536;

const percent = 0x25;
const plus = 0x2b;

const blank = 0x20;
const upperA = 0x41;
const upperZ = 0x5a;

const bytes = Buffer.alloc(maxDecoded);

function decode(uri: string): string {
  let length = 0;
  for (let at = 0; at < uri.length; at += 1) {
    bytes[length] = uri.charCodeAt(at);
    length += 1;
    while (length >= 3 && bytes[length - 3] === percent) {
      const high = hexDigit(bytes[length - 2]);
      const low = hexDigit(bytes[length - 1]);
      if (high < 0 || low < 0 || high + low === 0) break;
      length -= 2;
      bytes[length - 1] = high * 16 + low;
    }
  }
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === plus) bytes[at] = blank;
    else if (byte >= upperA && byte <= upperZ) bytes[at] = byte + 0x20;
  }
  return bytes.toString('latin1', 0, length);
}

/** The value of an ASCII hexadecimal digit, −1 for any other byte. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** `toLowerCase` would also change the bytes 0xC0 to 0xDE of a byte string. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}
