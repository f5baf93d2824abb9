import type { Characters } from './characters.ts';
import { YamlError } from './yaml-error.ts';

const escapes: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['/', '/'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);

const codeLengths: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

/** The character that an escape spells; the characters stand at its backslash, or at the first of two single quotes. */
export function readEscape(characters: Characters): string {
  const from = characters.at;
  characters.get();
  const char = characters.get();
  const spelled = escapes.get(char);
  if (spelled !== undefined) return spelled;
  const length = codeLengths.get(char);
  if (length !== undefined) return readCode(characters, from, length);
  // yaml-cpp makes single bytes of these, which are no UTF-8.
  if (char === 'N' || char === '_') {
    throw new YamlError(
      from,
      `Falco makes a byte of '\\${char}' that is no text; write '\\x${char === 'N' ? '85' : 'a0'}'`,
    );
  }
  throw new YamlError(from, `unknown escape character: ${char}`);
}

function readCode(characters: Characters, from: number, length: number): string {
  let digits = '';
  while (digits.length < length) {
    const digit = characters.get();
    if (!/^[0-9a-fA-F]$/.test(digit)) throw new YamlError(from, `An escape needs ${length} hexadecimal digits`);
    digits += digit;
  }
  const code = Number.parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) throw new YamlError(from, `invalid unicode: ${digits}`);
  return String.fromCodePoint(code);
}
