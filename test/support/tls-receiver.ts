import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

export const pem = (name: string): string => join(import.meta.dirname, `tls/${name}.pem`);

export interface TlsReceiver {
  readonly endpoint: string;
  /** Of each request: the common name of the client's certificate, or `nobody`; and its body. */
  readonly received: readonly { readonly client: string; readonly body: string }[];
}

export interface TlsReceiverOptions {
  /** Clients must show a certificate that `ca.pem` signed; or are asked for one, whatever it is. */
  readonly asksClients?: boolean | 'but takes all';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** An HTTPS server on loopback until the test ends. */
export async function startTlsReceiver({
  asksClients = false,
  maxVersion = 'TLSv1.3',
  answer = { status: 200, headers: {}, body: 'ok' },
}: TlsReceiverOptions = {}): Promise<TlsReceiver> {
  const received: { client: string; body: string }[] = [];
  const server = createServer(
    {
      cert: readFileSync(pem('server')),
      key: readFileSync(pem('server-key')),
      maxVersion,
      ca: readFileSync(pem('ca')),
      requestCert: asksClients !== false,
      rejectUnauthorized: asksClients === true,
    },
    (incoming, outgoing) => {
      const subject = (incoming.socket as TLSSocket).getPeerCertificate().subject as { CN: string } | undefined;
      void text(incoming).then((body) => {
        received.push({ client: subject?.CN ?? 'nobody', body });
        outgoing.writeHead(answer.status, answer.headers).end(answer.body);
      });
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `https://127.0.0.1:${port}`, received };
}
