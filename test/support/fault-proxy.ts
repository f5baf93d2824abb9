import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What happens to a request instead of its answer. */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection is reset after so many bytes of the true answer's body; without a number, before any answer. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** So many bytes of the body come, then nothing more; `stalled` is called when they are on the wire. */
  | { readonly kind: 'stall'; readonly afterBytes: number; readonly stalled?: () => void };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** `ReceiveMessage`, `FilterLogEvents` …; for S3 the method. */
  readonly operation: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type FaultRule = (request: SeenRequest) => Fault | undefined;

/** An HTTP proxy in front of an emulator, which does to requests what the test says. */
export interface FaultProxy {
  readonly endpoint: string;
  readonly seen: readonly SeenRequest[];
  /** Asked for every request, until the next call. Undefined lets it pass. */
  misbehave(rule: FaultRule): void;
  /** The requests seen so far for an operation. */
  count(operation: string): number;
  stop(): Promise<void>;
}

/** `times` of the fault, then none. */
export function first(times: number, when: (request: SeenRequest) => boolean, fault: Fault): FaultRule {
  let left = times;
  return (request) => {
    if (left === 0 || !when(request)) return undefined;
    left--;
    return fault;
  };
}

/** An error as S3 answers it. */
export function s3Error(status: number, code: string, message = code): Fault {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { kind: 'answer', status, body, headers: { 'content-type': 'application/xml' } };
}

/** An error as services with a JSON protocol answer it. */
export function jsonError(status: number, type: string, message = type): Fault {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { kind: 'answer', status, body: JSON.stringify({ __type: type, message }), headers };
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const seen: SeenRequest[] = [];
  let rule: FaultRule | undefined;
  const server = createServer((incoming, outgoing) => {
    const serve = async (): Promise<void> => {
      const body = await buffer(incoming);
      const request = describeRequest(incoming, body);
      seen.push(request);
      const fault = rule?.(request);
      if (fault?.kind === 'answer') {
        outgoing.writeHead(fault.status, fault.headers).end(fault.body ?? '');
      } else if (fault?.kind === 'reset' && fault.afterBytes === undefined) {
        incoming.socket.resetAndDestroy();
      } else {
        await forward(target, incoming, body, outgoing, fault);
      }
    };
    serve().catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    misbehave: (next) => {
      rule = next;
    },
    count: (operation) => seen.filter((request) => request.operation === operation).length,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function describeRequest({ method = '', url = '', headers }: IncomingMessage, body: Buffer): SeenRequest {
  const target = headers['x-amz-target'];
  const operation = typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : method;
  return { method, path: url, operation, headers, body: body.toString() };
}

async function forward(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const onward = httpRequest(new URL(incoming.url ?? '/', target), {
    method: incoming.method ?? 'GET',
    headers: incoming.headers,
  });
  outgoing.once('close', () => onward.destroy());
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  if (fault !== undefined) outgoing.flushHeaders();
  let sent = 0;
  const limit = fault === undefined || fault.kind === 'answer' ? Number.POSITIVE_INFINITY : (fault.afterBytes ?? 0);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, limit - sent);
    sent += part.length;
    if (part.length > 0 && !outgoing.write(part)) await once(outgoing, 'drain');
    if (sent < limit) continue;
    // The bytes must be on the wire before the reset, which would overtake them.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    if (fault?.kind === 'reset') incoming.socket.resetAndDestroy();
    if (fault?.kind === 'stall') fault.stalled?.();
    return;
  }
  outgoing.end();
}
