import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface FailingProxy {
  readonly endpoint: string;
  /** Requests that were refused instead of passed on. */
  failures(): number;
  stop(): Promise<void>;
}

/**
 * Passes requests on to `target`, but for a share of them, drawn with `random`, that end before they reach it: 500, 503,
 * 429 with Retry-After, or a reset connection.
 */
export async function startFailingProxy(target: string, share: number, random: () => number): Promise<FailingProxy> {
  let failures = 0;
  const server = createServer((incoming, outgoing) => {
    void buffer(incoming).then(
      (body) => {
        if (random() < share) {
          failures += 1;
          const draw = random();
          if (draw < 0.25) return incoming.socket.resetAndDestroy();
          if (draw < 0.5) return outgoing.writeHead(429, { 'retry-after': '0' }).end();
          return outgoing.writeHead(draw < 0.75 ? 500 : 503).end();
        }
        const { pathname, search } = new URL(incoming.url ?? '/', target);
        const onward = httpRequest(
          new URL(`${pathname}${search}`, target),
          { method: incoming.method, headers: incoming.headers },
          (answer) => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
          },
        );
        onward.on('error', () => incoming.socket.destroy());
        return onward.end(body);
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    failures: () => failures,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
