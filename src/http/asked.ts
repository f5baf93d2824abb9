import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** What a request says of itself, whoever read it: Hono's adaptor, or Node alone on the short way of `POST /`. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** The address that the connection comes from; empty where there is no connection. */
  readonly address: string;
  /** By its name in lower case. */
  header(name: string): string | undefined;
}

/** A request with a body that nobody has read yet. */
export interface Posted extends Asked {
  /** The body, once; undefined when it has more than `maxBytes`, and what is left is then not read. Rejects when the sender goes away. */
  bytes(maxBytes: number): Promise<Buffer | undefined>;
}

export interface Answer {
  readonly status: 200 | 400 | 401 | 403 | 413 | 415 | 429 | 500 | 503;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or empty. */
  readonly body: string;
}

export function jsonAnswer(status: Answer['status'], body: object, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function askedOfHono(c: Context): Posted {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
  return {
    method: c.req.method,
    path: c.req.path,
    address: incoming?.socket.remoteAddress ?? '',
    header: (name) => c.req.header(name),
    async bytes(maxBytes) {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of c.req.raw.body ?? []) {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) return undefined;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}

export function askedOfNode(incoming: IncomingMessage): Posted {
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    address: incoming.socket.remoteAddress ?? '',
    header(name) {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    bytes: (maxBytes) => bytesOf(incoming, maxBytes),
  };
}

/** A body of stated length is put together as it comes: its pieces, which are more memory than it is, can go at once. */
function bytesOf(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let body: Buffer | undefined;
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      const end = bytes + chunk.length;
      if (end > maxBytes) {
        incoming.pause();
        return resolve(undefined);
      }
      if (body === undefined) body = chunk;
      else {
        if (body.length < end) body = grown(body, bytes, Math.max(end, lengthOf(incoming), 2 * bytes), maxBytes);
        chunk.copy(body, bytes);
      }
      bytes = end;
    });
    incoming.on('end', () => resolve(body === undefined ? Buffer.alloc(0) : body.subarray(0, bytes)));
    incoming.on('error', reject);
  });
}

function lengthOf(incoming: IncomingMessage): number {
  return Number(incoming.headers['content-length'] ?? 0);
}

function grown(body: Buffer, bytes: number, wanted: number, most: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.min(wanted, most));
  body.copy(larger, 0, 0, bytes);
  return larger;
}
