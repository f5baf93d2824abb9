import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server on loopback that takes everything and remembers it. */
export interface HttpReceiver {
  readonly endpoint: string;
  readonly received: readonly Received[];
  stop(): Promise<void>;
}

/** `answer` gives the body for each request, or status and body; by default `ok`, as Slack's webhooks say. */
export async function startHttpReceiver(
  answer: (request: Received) => string | { readonly status: number; readonly body: string } = () => 'ok',
): Promise<HttpReceiver> {
  const received: Received[] = [];
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body };
      received.push(request);
      const said = answer(request);
      const { status, body: reply } = typeof said === 'string' ? { status: 200, body: said } : said;
      outgoing.writeHead(status).end(reply);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
