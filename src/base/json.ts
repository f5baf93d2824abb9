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
    rawJSON(text: string): object;
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

/** The JSON text of `value`, without blanks. Members that are undefined are left out. */
export function stringifyJson(value: unknown): string {
  // A replacer would be called for every member; raw numbers put in beforehand leave JSON.stringify its fast path.
  return JSON.stringify(withRawNumbers(value));
}

/** The same value where plain JSON.stringify writes every number right, else a copy that it does. */
function withRawNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return JSON.rawJSON(value.toString());
  if (typeof value === 'number') return rawNumber(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(withRawNumbers);
    return items.some((item, index) => !Object.is(item, value[index])) ? items : value;
  }
  // Secrets and dates say themselves how they are written.
  if ('toJSON' in value) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'string' || typeof member === 'boolean') continue;
    const written = withRawNumbers(member);
    if (Object.is(written, member)) continue;
    copy ??= { ...value };
    // Assigning to `__proto__` would set the prototype instead of the key.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: written, enumerable: true });
    else copy[key] = written;
  }
  return copy ?? value;
}

function rawNumber(value: number): unknown {
  // 1e400 is valid JSON and reads as Infinity; JSON.stringify would write null.
  if (value === Number.POSITIVE_INFINITY) return JSON.rawJSON('1e400');
  if (value === Number.NEGATIVE_INFINITY) return JSON.rawJSON('-1e400');
  return Object.is(value, -0) ? JSON.rawJSON('-0') : value;
}
