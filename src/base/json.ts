import { RecentMap } from './recent-map.ts';

/**
 * JSON that keeps numbers whole. `JSON.parse` turns 1795216177029160000 (Falco's evt.time, nanoseconds) into
 * 1795216177029160000 only by luck and most of its neighbours into something else; here an integer beyond ±(2^53 − 1) is
 * a bigint. Everything else is as in `JSON.parse` and `JSON.stringify`.
 */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [key: string]: Json };

// ECMAScript's "JSON.parse source text access", in Node since 21; TypeScript 7.0 does not declare it.
declare global {
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

const integer = /^-?\d+$/;
const unsafeInteger = /\d{16}/;

/** The value that `text` spells; throws SyntaxError as `JSON.parse` does. Nesting must be bounded by the caller. */
export function parseJson(text: string): Json {
  // 16 digits in a row are needed for an unsafe integer: without them the plain parser gives the same answer, 3× as fast.
  if (!unsafeInteger.test(text)) return JSON.parse(text) as Json;
  return JSON.parse(text, (_key, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return context.source !== undefined && integer.test(context.source) ? BigInt(context.source) : value;
  }) as Json;
}

/**
 * The JSON text of `value`, without blanks. Members that are undefined are left out. By hand: `JSON.stringify` takes
 * bigints only wrapped by `JSON.rawJSON`, in a copy of all that they stand in, which took five times as long.
 */
export function stringifyJson(value: unknown): string {
  if (typeof value === 'string') return escapes.test(value) ? JSON.stringify(value) : `"${value}"`;
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    let items = '';
    for (const item of value) items += `${items === '' ? '' : ','}${stringifyJson(item ?? null)}`;
    return `[${items}]`;
  }
  // Secrets and dates say themselves how they are written.
  if ('toJSON' in value) return JSON.stringify(value);
  let members = '';
  for (const key of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[key];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${keyTexts.get(key, keyText)}${stringifyJson(member)}`;
  }
  return `{${members}}`;
}

const escapes = /["\\\u0000-\u001f\ud800-\udfff]/;

/** The keys of what we write are few and come again and again. */
const keyTexts = new RecentMap<string, string>(2_048);

function keyText(key: string): string {
  return `${JSON.stringify(key)}:`;
}

function numberText(value: number): string {
  // 1e400 is valid JSON and reads as Infinity; JSON.stringify would write null.
  if (value === Number.POSITIVE_INFINITY) return '1e400';
  if (value === Number.NEGATIVE_INFINITY) return '-1e400';
  if (Number.isNaN(value)) return 'null';
  return Object.is(value, -0) ? '-0' : String(value);
}
