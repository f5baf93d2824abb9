import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Answer } from '../../src/http/asked.ts';
import { createPlainConnections } from '../../src/http/plain-connections.ts';
import { openServer } from '../../src/http/server.ts';
import { type HttpBench, httpBench } from '../support/http-service.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const rules = { tokens: [new Secret('right')] };

/** The whole server, plain connections before Node's. */
async function service(bench: HttpBench = httpBench({ rules })): Promise<HttpBench & { readonly port: number }> {
  const options = { host: '127.0.0.1', port: 0, guarded: false, insecure: false, maxConnections: 100 };
  const server = await openServer(bench.surface, options, systemClock);
  open.push({ close: () => server.close(0) });
  return { ...bench, port: Number(new URL(server.url).port) };
}

/** The same surface behind Node's HTTP alone. */
async function nodeAlone(): Promise<HttpBench & { readonly port: number }> {
  const bench = httpBench({ rules });
  const server = createServer({ keepAliveTimeout: 60_000 }, bench.surface.listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  open.push({ close: () => server.close() });
  return { ...bench, port: (server.address() as AddressInfo).port };
}

/** Everything that the server says to these pieces, up to its end of the connection. */
function say(port: number, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer.replace(/\r\nDate: [^\r]*/g, '\r\nDate: now')));
    const next = (at: number): void => {
      const piece = pieces[at];
      if (piece === undefined || socket.destroyed) return;
      socket.write(piece, () => setImmediate(() => next(at + 1)));
    };
    socket.on('connect', () => next(0));
  });
}

const post = (body: string, headers = ''): string =>
  `POST / HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer right\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
const alert = (rule: string): string => JSON.stringify({ rule, priority: 'Error' });
const last = 'GET /ping HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n';

/** Without those that are refused before their body is read: Node then closes the connection if it was not there yet. */
const requests = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('A', 'B', 'Blüte', '<C>').map((rule) => post(alert(rule))) },
  fc.constantFrom(
    post('not JSON'),
    post(''),
    post(`[${alert('D')},{"rule":"E"}]`),
    post(alert('F'), 'Content-Type: application/json\r\n'),
    post(alert('G'), 'X-Other: 1\r\n'),
    post(alert('J')).replace('POST / ', 'POST /nowhere '),
    post(alert('L')).replace('POST / ', 'PUT / '),
    post(alert('M')).replace('POST / ', 'POST /healthz '),
    'GET /ping HTTP/1.1\r\nHost: here\r\n\r\n',
    `POST / HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer right\r\nTransfer-Encoding: chunked\r\n\r\n${alert('K').length.toString(16)}\r\n${alert('K')}\r\n0\r\n\r\n`,
    post(`${alert('H')}\n${alert('I')}`.padEnd(70_000)),
  ),
);

/** What was stored since the last time; requests that come at once may be stored in any order. */
function rulesOf({ stored }: HttpBench): readonly string[] {
  return stored
    .splice(0)
    .map(({ rule }) => rule)
    .sort();
}

describe('plain connections', () => {
  it('answer byte for byte as Node’s HTTP does, whatever comes and however it is cut', async () => {
    const [mine, nodes] = [await service(), await nodeAlone()];
    await fc.assert(
      fc.asyncProperty(
        fc.array(requests, { maxLength: 4 }),
        fc.array(fc.nat(400), { maxLength: 6 }),
        async (some, cuts) => {
          const bytes = Buffer.from([...some, last].join(''));
          const pieces: Buffer[] = [];
          let from = 0;
          for (const cut of cuts) pieces.push(bytes.subarray(from, (from += cut + 1)));
          pieces.push(bytes.subarray(from));
          const sent = pieces.filter((piece) => piece.length > 0);
          const [here, there] = [await say(mine.port, sent), await say(nodes.port, sent)];
          const [ours, theirs] = [rulesOf(mine), rulesOf(nodes)];
          expect(here).toBe(there);
          expect(ours).toEqual(theirs);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('ask for the token as all others', async () => {
    const { port, stored } = await service();
    const answer = await say(port, [Buffer.from(post(alert('A')).replace('right', 'wrong')), Buffer.from(last)]);
    expect(answer).toMatch(
      /^HTTP\/1\.1 401 Unauthorized\r\ncontent-type: application\/json\r\nwww-authenticate: Basic/,
    );
    expect(stored).toHaveLength(0);
  });

  it.each([
    ['without a host', post(alert('A')).replace('Host: here\r\n', '')],
    ['with two lengths', post(alert('A'), 'Content-Length: 3\r\n')],
    ['with a length and chunks', post(alert('A'), 'Transfer-Encoding: chunked\r\n')],
  ])('leave it to Node to refuse a request %s', async (_what, request) => {
    const { port, stored } = await service();
    expect(await say(port, [Buffer.from(request)])).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    expect(stored).toHaveLength(0);
  });

  it('answer each of many requests on one connection, in order', async () => {
    const { port, stored } = await service();
    const answer = await say(
      port,
      Array.from({ length: 50 }, (_, n) => Buffer.from(post(alert(`Rule ${n}`)))).concat(Buffer.from(last)),
    );
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(51);
    expect(stored.map(({ rule }) => rule)).toEqual(Array.from({ length: 50 }, (_, n) => `Rule ${n}`));
  });

  it('end with the sender, after the answer that is under way', async () => {
    const bench = httpBench({ rules });
    const { port } = await service(bench);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString();
    });
    socket.end(post(alert('A')));
    await new Promise((resolve) => socket.on('close', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('do not keep the server from closing', async () => {
    const bench = httpBench({ rules });
    const options = { host: '127.0.0.1', port: 0, guarded: false, insecure: false, maxConnections: 100 };
    const server = await openServer(bench.surface, options, systemClock);
    const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1' });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(post(alert('A')));
    await new Promise((resolve) => socket.once('data', resolve));
    await server.close(60_000);
    await closed;
  });

  it('let a request that has begun to come end while the server closes', async () => {
    const bench = httpBench({ rules });
    const options = { host: '127.0.0.1', port: 0, guarded: false, insecure: false, maxConnections: 100 };
    const server = await openServer(bench.surface, options, systemClock);
    const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', noDelay: true });
    let answers = '';
    socket.on('data', (bytes: Buffer) => {
      answers += bytes.toString();
    });
    const request = post(alert('A'));
    socket.write(request);
    await new Promise((resolve) => socket.once('data', resolve));
    // What is asked after it on another connection is answered after it came.
    socket.write(request.slice(0, 30));
    expect((await fetch(`${server.url}/ping`)).status).toBe(200);
    const closing = server.close(60_000);
    socket.write(request.slice(30));
    await new Promise((resolve) => socket.once('close', resolve));
    await closing;
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  it('are counted as all others', async () => {
    const bench = httpBench({ rules });
    const options = { host: '127.0.0.1', port: 0, guarded: false, insecure: false, maxConnections: 1 };
    const server = await openServer(bench.surface, options, systemClock);
    open.push({ close: () => server.close(0) });
    const port = Number(new URL(server.url).port);
    const first = connect({ port, host: '127.0.0.1' });
    first.write(post(alert('A')));
    await new Promise((resolve) => first.once('data', resolve));
    expect(await say(port, [Buffer.from(post(alert('B')))]).catch(() => '')).toBe('');
    first.destroy();
  });
});

/** Connections by themselves: both ends in the test's hands, and each request open until the test answers it. */
async function bareConnections(firstMs: number, idleMs = 60_000) {
  const asked: PromiseWithResolvers<Answer>[] = [];
  let noteAsked: (() => void) | undefined;
  const toNode: Socket[] = [];
  const connections = createPlainConnections({
    post() {
      const one = Promise.withResolvers<Answer>();
      asked.push(one);
      noteAsked?.();
      return one.promise;
    },
    clock: systemClock,
    firstMs,
    idleMs,
  });
  const taken = Promise.withResolvers<Socket>();
  const server = createTcpServer((socket) => {
    connections.take(socket, (given) => toNode.push(given));
    taken.resolve(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const sender = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true });
  sender.on('error', () => undefined);
  open.push({
    close() {
      sender.destroy();
      connections.closeAll();
      for (const socket of toNode) socket.destroy();
      server.close();
    },
  });
  const taking = await taken.promise;
  return {
    sender,
    /** The end that was taken. */
    taking,
    toNode,
    closed: new Promise<void>((resolve) => {
      sender.once('close', () => resolve());
    }),
    /** Sends a request and waits until it is to be answered. */
    ask: async (): Promise<PromiseWithResolvers<Answer>> => {
      const came = new Promise<void>((resolve) => {
        noteAsked = resolve;
      });
      sender.write(post(alert('A')));
      await came;
      const one = asked.at(-1);
      if (one === undefined) throw new Error('nothing was asked');
      return one;
    },
    /** Sends what is part of a request, and waits until it came. */
    sendPart: async (part: string): Promise<void> => {
      const came = new Promise((resolve) => taking.once('data', resolve));
      sender.write(part);
      await came;
    },
  };
}

const ok: Answer = { status: 200, body: '' };

describe('the time that plain connections have', () => {
  it('ends for one that sends nothing, or only a part of a request, as long after its last byte', async () => {
    const silent = await bareConnections(10);
    silent.sender.resume();
    await silent.closed;
    const slow = await bareConnections(10);
    slow.sender.resume();
    slow.sender.write(post(alert('A')).slice(0, 30));
    await slow.closed;
    expect(slow.toNode).toEqual([]);
  });

  it('is that until the first request, and then that until the next one, and a second more', async () => {
    const { taking, ask, sender } = await bareConnections(20_000, 60_000);
    expect(taking.timeout).toBe(20_000);
    (await ask()).resolve(ok);
    await new Promise((resolve) => sender.once('data', resolve));
    expect(taking.timeout).toBe(61_000);
  });

  it('does not pass while an answer is made, and ends the wait for a next request', async () => {
    const { taking, ask, sender, closed } = await bareConnections(20_000);
    const asked = await ask();
    taking.emit('timeout');
    asked.resolve(ok);
    const answer = await new Promise<Buffer>((resolve) => {
      sender.once('data', resolve);
    });
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
    taking.emit('timeout');
    await closed;
  });

  it('ends for a sender that does not read its answers', async () => {
    const { taking, ask, closed, sender } = await bareConnections(20_000);
    sender.pause();
    const unread = new Promise<void>((resolve) => {
      const look = (): void => (taking.writableNeedDrain ? resolve() : void setImmediate(look));
      look();
    });
    // More than the kernel holds of both ends.
    (await ask()).resolve({ status: 400, body: 'x'.repeat(32 * 1_048_576) });
    await unread;
    expect(taking.isPaused()).toBe(true);
    taking.emit('timeout');
    sender.resume();
    await closed;
  });

  it('is no longer counted here once a connection is Node’s', async () => {
    const { taking, toNode, sendPart, closed } = await bareConnections(20_000);
    await sendPart('GET / HT');
    expect([toNode.length, taking.timeout]).toEqual([1, 0]);
    taking.emit('timeout');
    expect(taking.destroyed).toBe(false);
    taking.destroy();
    await closed;
  });

  it('has no third piece of a request: from the second one on it is Node’s, whose time for a request then runs', async () => {
    const { toNode, sendPart } = await bareConnections(20_000);
    const request = post(alert('A'));
    await sendPart(request.slice(0, 30));
    expect(toNode).toHaveLength(0);
    await sendPart(request.slice(30, 60));
    expect(toNode).toHaveLength(1);
  });
});
