import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { isLoopback } from './access.ts';
import type { HttpApp } from './app.ts';
import { createPlainConnections, type PlainConnections } from './plain-connections.ts';

interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** With it clients must show a certificate that one of these authorities signed (mTLS). */
  readonly clientCaFile?: string;
}

export interface ListenOptions {
  /** An address or name of this machine. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tls?: TlsFiles;
  /** True where tokens or networks keep strangers out; client certificates count by themselves. */
  readonly guarded: boolean;
  /** Listens beyond this machine although nothing keeps strangers out. */
  readonly insecure: boolean;
  readonly maxConnections: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:2801`, with the port that was really taken. */
  readonly url: string;
  /** Takes no more connections, lets requests under way end, cuts what is left after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

/** As falcosidekick; long enough for Falco to keep its one connection between alerts. */
const idleMs = 60_000;

/** Throws, with what to do, where anyone who reaches the address could use the service and nobody said that this is meant. */
export function refuseExposure({ host, tls, guarded, insecure }: ListenOptions): void {
  if (insecure || guarded || isLoopback(host) || tls?.clientCaFile !== undefined) return;
  throw new Error(
    `refusing to listen on ${host}: anyone who reaches it could send alerts. Set a token, client certificates (TLS) or allowed networks, listen on 127.0.0.1, or say insecure: true`,
  );
}

/** Rejects, with what to do, when the address is taken or may not be listened on, or a TLS file is missing. */
export async function openServer(
  { listener, post }: Pick<HttpApp, 'listener' | 'post'>,
  options: ListenOptions,
  clock: Clock,
): Promise<HttpServer> {
  const { host, port, tls } = options;
  refuseExposure(options);
  const timeouts = {
    keepAliveTimeout: idleMs,
    headersTimeout: 20_000,
    requestTimeout: 60_000,
    connectionsCheckingInterval: 5_000,
  };
  const server =
    tls === undefined
      ? createServer(timeouts, listener)
      : createTlsServer({ ...timeouts, ...(await readTls(tls)) }, listener);
  server.maxConnections = options.maxConnections;
  const plain = createPlainConnections({ post, clock, firstMs: timeouts.headersTimeout, idleMs });
  putBefore(server, tls === undefined ? 'connection' : 'secureConnection', plain);
  await listening(server, host, port);
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: (deadlineMs) => closed(server, plain, deadlineMs, clock),
  };
}

/** Connections are offered to `plain` first; Node's own listener goes on with those that it does not keep. */
function putBefore(server: Server | TlsServer, event: string, plain: PlainConnections): void {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  const toNode = (socket: Socket): void => {
    for (const listener of listeners) listener.call(server, socket);
  };
  server.on(event, (socket: Socket) => plain.take(socket, toNode));
}

function listening(server: Server | TlsServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice = listenAdvice(error.code ?? '');
      const said = `cannot listen on ${host}:${port} (${error.code ?? error.message})`;
      reject(new Error(advice === undefined ? said : `${said}: ${advice}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

function listenAdvice(code: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program listens there; stop it or choose another port';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address; write one that it has, 127.0.0.1, or 0.0.0.0 for all';
    case 'EACCES':
      return 'this user may not listen on that port; choose one from 1024 on';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no address is known for that name; write an address of this machine';
    default:
      return undefined;
  }
}

async function closed(
  server: Server | TlsServer,
  plain: PlainConnections,
  deadlineMs: number,
  clock: Clock,
): Promise<void> {
  const over = new AbortController();
  const ended = new Promise<void>((resolve) => {
    server.close(() => {
      over.abort();
      resolve();
    });
  });
  // A connection turns idle when its last answer is out, and would then be kept for `idleMs`.
  const untilMs = clock.now() + deadlineMs;
  while (!over.signal.aborted && clock.now() < untilMs) {
    server.closeIdleConnections();
    plain.closeIdle();
    await clock.sleep(20, over.signal);
  }
  server.closeAllConnections();
  plain.closeAll();
  await ended;
}

async function readTls({ certFile, keyFile, clientCaFile }: TlsFiles) {
  return {
    cert: await readNamed('certificate', certFile),
    key: await readNamed('key', keyFile),
    minVersion: 'TLSv1.2' as const,
    ...(clientCaFile === undefined
      ? {}
      : { ca: await readNamed('client authority', clientCaFile), requestCert: true, rejectUnauthorized: true }),
  };
}

async function readNamed(what: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(`the TLS ${what} ${path} cannot be read: check the path and its permissions`, { cause: error });
  }
}
