import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Context } from 'hono';

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
export function bytesToBudget(c: Context, maxBytes: number): number {
  const length = Number(c.req.header('content-length') ?? Number.NaN);
  if (!(length >= 0) || c.req.header('content-encoding') !== undefined) return maxBytes;
  return length <= 65_536 ? 0 : Math.min(length, maxBytes);
}

/**
 * The request's body as text, at most `maxBytes` of it, compressed and uncompressed alike. Bytes that are not UTF-8
 * become U+FFFD.
 *
 * Hono's own bodyLimit costs 5× the whole request (it makes a Request of node-server's light one). Here a body of stated
 * length is read on the fast way, Node's parser holding it to that length, and only a chunked one is counted as it comes.
 */
export async function readBody(c: Context, maxBytes: number): Promise<string | Unreadable> {
  const length = c.req.header('content-length');
  const encoding = c.req.header('content-encoding');
  if (length !== undefined && !(Number(length) <= maxBytes)) return tooLarge(maxBytes);
  if (encoding === undefined || encoding === 'identity') {
    if (length !== undefined) return c.req.text();
    const bytes = await countedBody(c, maxBytes);
    return bytes === undefined ? tooLarge(maxBytes) : bytes.toString('utf8');
  }
  if (encoding.toLowerCase() !== 'gzip') {
    return new Unreadable(
      415,
      `Content-Encoding ${JSON.stringify(encoding.slice(0, 20))} is not known: send gzip or none.`,
    );
  }
  const packed = length === undefined ? await countedBody(c, maxBytes) : Buffer.from(await c.req.arrayBuffer());
  return packed === undefined ? tooLarge(maxBytes) : unpacked(packed, maxBytes);
}

function tooLarge(maxBytes: number): Unreadable {
  return new Unreadable(413, `The body has more than ${maxBytes} bytes: send smaller batches.`);
}

/** Undefined when there is more than `maxBytes`; what is left is then not read. */
async function countedBody(c: Context, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (c.req.raw.body === null) return Buffer.alloc(0);
  for await (const chunk of c.req.raw.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const gunzipOffThread = promisify(gunzip);

async function unpacked(packed: Buffer, maxBytes: number): Promise<string | Unreadable> {
  try {
    const bytes = await gunzipOffThread(packed, { maxOutputLength: maxBytes });
    return bytes.toString('utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxBytes) : new Unreadable(400, 'The body is not whole gzip.');
  }
}
