import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Asked, Posted } from './asked.ts';

/** Why a body was not read; `status` is the answer's. */
export class Unreadable {
  readonly status: 400 | 413 | 415;
  readonly reason: string;

  constructor(status: Unreadable['status'], reason: string) {
    this.status = status;
    this.reason = reason;
  }
}

/**
 * What the body counts in the budget of all bodies, from what the request says of it: all that is allowed unless it states
 * its length. Up to 64 KiB, as every single alert of Falco has, it counts nothing: slow senders of large bodies must not
 * keep those waiting.
 */
export function bytesToBudget(asked: Asked, maxBytes: number): number {
  const length = Number(asked.header('content-length') ?? Number.NaN);
  if (!(length >= 0) || asked.header('content-encoding') !== undefined) return maxBytes;
  return length <= 65_536 ? 0 : Math.min(length, maxBytes);
}

/** The request's body as text, as `readBytes`. Bytes that are not UTF-8 become U+FFFD. */
export async function readBody(posted: Posted, maxBytes: number): Promise<string | Unreadable> {
  const bytes = await readBytes(posted, maxBytes);
  return bytes instanceof Unreadable ? bytes : bytes.toString('utf8');
}

/** The request's body, at most `maxBytes` of it, compressed and uncompressed alike. It is the caller's alone. */
export async function readBytes(posted: Posted, maxBytes: number): Promise<Buffer | Unreadable> {
  const length = posted.header('content-length');
  const encoding = posted.header('content-encoding') ?? 'identity';
  if (length !== undefined && !(Number(length) <= maxBytes)) return tooLarge(maxBytes);
  const packing = encoding.toLowerCase();
  if (packing !== 'identity' && packing !== 'gzip') {
    return new Unreadable(
      415,
      `Content-Encoding ${JSON.stringify(encoding.slice(0, 20))} is not known: send gzip or none.`,
    );
  }
  const bytes = await posted.bytes(maxBytes);
  if (bytes === undefined) return tooLarge(maxBytes);
  return packing === 'gzip' ? unpacked(bytes, maxBytes) : bytes;
}

function tooLarge(maxBytes: number): Unreadable {
  return new Unreadable(413, `The body has more than ${maxBytes} bytes (listen.max_body_bytes): send smaller batches.`);
}

const gunzipOffThread = promisify(gunzip);

async function unpacked(packed: Buffer, maxBytes: number): Promise<Buffer | Unreadable> {
  try {
    return await gunzipOffThread(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxBytes) : new Unreadable(400, 'The body is not whole gzip.');
  }
}
