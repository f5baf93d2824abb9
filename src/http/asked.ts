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

function bytesOf(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    // Most bodies come in one chunk, which is then not copied.
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        incoming.pause();
        return resolve(undefined);
      }
      if (first === undefined) first = chunk;
      else (more ??= [first]).push(chunk);
    });
    incoming.on('end', () => resolve(more === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(more)));
    incoming.on('error', reject);
  });
}
