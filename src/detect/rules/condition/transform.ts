import type { EventValue } from '../../formats/format.ts';
import { parseAddress } from './address.ts';
import { foldCase } from './glob.ts';

/** Falco's transformers on present values. Byte strings in, byte strings out; undefined is "no value". */
export type StringMap = 'tolower' | 'toupper' | 'b64' | 'basename';

export const stringMaps: Readonly<Record<StringMap, (text: string) => string | undefined>> = {
  tolower: foldCase,
  toupper: (text) => (/[a-z]/.test(text) ? text.replace(/[a-z]+/g, (run) => run.toUpperCase()) : text),
  b64: decodeBase64,
  basename: (text) => text.slice(text.lastIndexOf('/') + 1),
};

const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const base64Text = /^([A-Za-z0-9+/]*)={0,2}$/;
/** By the number of digits over a multiple of four: which bits of the last digit must be zero. One digit over never is. */
const unusedBits = [0, -1, 0b1111, 0b11];

/**
 * Standard alphabet, padding optional, bits left over must be zero. NUL bytes at the end are dropped: Falco drops them
 * wherever it takes such a text on.
 */
function decodeBase64(text: string): string | undefined {
  const digits = base64Text.exec(text)?.[1];
  if (digits === undefined || (digits === '' && text !== '')) return undefined;
  const unused = unusedBits[digits.length % 4] ?? -1;
  if (unused < 0 || (base64Digits.indexOf(digits.slice(-1)) & unused) !== 0) return undefined;
  const decoded = Buffer.from(digits, 'base64').toString('latin1');
  let end = decoded.length;
  while (end > 0 && decoded.charCodeAt(end - 1) === 0) end--;
  return decoded.slice(0, end);
}

/** What Falco holds of a value: eight bytes of a number, the lowest first, four of a bool, those of an address. */
export function bytesInMemory(value: EventValue): string {
  if (typeof value === 'boolean') return value ? '\x01\0\0\0' : '\0\0\0\0';
  if (typeof value !== 'object' && typeof value !== 'string') {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    return bytes.toString('latin1');
  }
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  if (address === undefined) return '';
  const bytes = typeof address === 'number' ? Buffer.alloc(4) : Buffer.from(address, 'utf16le').swap16();
  if (typeof address === 'number') bytes.writeUInt32BE(address);
  return bytes.toString('latin1');
}

/** A text as C reads it: to its first NUL. */
export function cutAtNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** Which option letters an optstring knows, and which of them want a value. */
interface Options {
  readonly known: ReadonlySet<string>;
  readonly valued: ReadonlySet<string>;
}

function readOptstring(optstring: string): Options {
  const known = new Set<string>();
  const valued = new Set<string>();
  for (let at = 0; at < optstring.length; at++) {
    const option = optstring.charAt(at);
    if (option === ':') continue;
    known.add(option);
    if (optstring.charAt(at + 1) === ':') valued.add(option);
  }
  return { known, valued };
}

/**
 * `getopt(args, optstring)`: every option letter and value found, in order, `?` for an unknown letter, '' where a value
 * is missing. Long options are skipped; a word that is no option, `-` or `--` ends the search.
 */
export function getOptions(args: readonly string[], optstring: string): string[] {
  const found: string[] = [];
  eachOption(args, optstring, (option, value) => {
    if (value === undefined) found.push(option);
    else if (value === null) found.push('');
    else found.push(option, value);
  });
  return found;
}

/** `getopt(args, optstring)[option]`: the last value of the option, or the letter itself when it takes none. */
export function getOption(args: readonly string[], optstring: string, wanted: string): string | undefined {
  let last: string | undefined;
  eachOption(args, optstring, (option, value) => {
    if (option === wanted) last = value === undefined ? option : (value ?? '');
  });
  return last;
}

/** `value`: undefined for an option without value, null where the value is missing. Unknown letters are given as `?`. */
function eachOption(
  args: readonly string[],
  optstring: string,
  visit: (option: string, value: string | null | undefined) => void,
): void {
  const { known, valued } = readOptstring(optstring);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') return;
    if (arg.length > 2 && arg.startsWith('--')) continue;
    if (arg.length < 2 || !arg.startsWith('-')) return;
    for (let at = 1; at < arg.length; at++) {
      const option = arg.charAt(at);
      if (!known.has(option)) {
        visit('?', undefined);
      } else if (!valued.has(option)) {
        visit(option, undefined);
      } else {
        visit(option, at + 1 < arg.length ? arg.slice(at + 1) : (args[++index] ?? null));
        break;
      }
    }
  }
}
