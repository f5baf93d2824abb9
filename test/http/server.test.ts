import { readFileSync } from 'node:fs';
import { type RequestListener, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type HttpServer, type ListenOptions, openServer } from '../../src/http/server.ts';
import { httpBench } from '../support/http-service.ts';

type Surface = Parameters<typeof openServer>[0];
const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close(0)));
});

async function start(surface: Surface, options: Partial<ListenOptions> = {}): Promise<HttpServer> {
  const server = await openServer(
    surface,
    { host: '127.0.0.1', port: 0, guarded: false, insecure: false, maxConnections: 100, ...options },
    systemClock,
  );
  open.push(server);
  return server;
}

/** A surface without alerts. */
function only(listener: RequestListener): Surface {
  return { listener, post: () => Promise.reject(new Error('nothing is posted here')) };
}

/** Posts in chunks, without a length, as no `fetch` of a text does. */
function postChunks(url: string, chunks: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
  });
}

const pem = (name: string): string => join(import.meta.dirname, `../support/tls/${name}.pem`);

function postTls(url: string, client: { cert?: Buffer; key?: Buffer }): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent: false, ca: readFileSync(pem('ca')), ...client };
    const sent = requestTls(url, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(falco);
  });
}

const falco = '{"priority":"Error","rule":"R"}';

describe('the server', () => {
  it('takes alerts over a real connection, with a length and in chunks', async () => {
    const { surface, stored } = httpBench({ rules: { networks: ['127.0.0.1'] } });
    const { url } = await start(surface);
    expect((await fetch(url, { method: 'POST', body: falco })).status).toBe(200);
    expect(await postChunks(url, ['{"priority":"Error",', '"rule":"In chunks"}'])).toBe(200);
    expect(stored.map(({ rule }) => rule)).toEqual(['R', 'In chunks']);
  });

  it('answers on the short way of POST / as Hono does', async () => {
    const { app, surface } = httpBench({ rules: { tokens: [new Secret('right')] } });
    const { url } = await start(surface);
    const ask = async (headers: Record<string, string>, body: string) => {
      const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
      const seen: unknown[][] = [];
      for (const answer of [await fetch(url, init), await app.request('/', init)]) {
        const { status, headers: told } = answer;
        seen.push([status, told.get('content-type'), told.get('www-authenticate'), await answer.text()]);
      }
      return seen;
    };
    const right = { authorization: 'Bearer right' };
    for (const [headers, body, status] of [
      [right, falco, 200],
      [right, falco, 200],
      [{}, falco, 401],
      [{ authorization: 'Bearer wrong' }, falco, 401],
      [{ authorization: 'Bearer righ' }, falco, 401],
      [{ ...right, 'sec-fetch-site': 'cross-site' }, falco, 403],
      [{ ...right, 'content-encoding': 'br' }, falco, 415],
      [right, '{"rule":"R"}', 400],
      [right, `[${falco}]`, 200],
    ] as const) {
      const [node, hono] = await ask(headers, body);
      expect(node).toEqual(hono);
      expect(node).toContain(status);
    }
  });

  it('outlives a sender that goes away in the middle of its body', async () => {
    const { surface, stored, logged } = httpBench();
    const { url } = await start(surface);
    const gone = new Promise<void>((resolve) => {
      const sent = request(url, { method: 'POST', agent: false, headers: { 'content-length': '1000' } });
      sent.on('error', () => resolve());
      sent.write('{"priority"', () => sent.destroy(new Error('gone')));
    });
    await gone;
    expect((await fetch(url, { method: 'POST', body: falco })).status).toBe(200);
    expect(stored).toHaveLength(1);
    expect(logged.join('')).not.toContain('failed');
  });

  it('says 503 on the short way when the alerts could not be stored', async () => {
    const { surface, breakStore } = httpBench();
    breakStore();
    const { url } = await start(surface);
    const answer = await fetch(url, { method: 'POST', body: falco });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('counts the chunks of a body that never says its length', async () => {
    const { surface } = httpBench();
    const { url } = await start(surface);
    const status = await postChunks(
      url,
      Array.from({ length: 20 }, () => 'x'.repeat(1_000_000)),
    ).catch(() => 413);
    expect(status).toBe(413);
  });

  it('says that the port is taken, and by what to change it', async () => {
    const { surface } = httpBench();
    const first = await start(surface);
    await expect(start(surface, { port: Number(new URL(first.url).port) })).rejects.toThrow(
      /EADDRINUSE.*choose another port/,
    );
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])('does not listen on %s without protection', async (host) => {
    await expect(start(httpBench().surface, { host })).rejects.toThrow(/refusing to listen on .* insecure: true/);
  });

  it('listens beyond loopback when guarded, or when told to be insecure', async () => {
    const guarded = await start(httpBench().surface, { host: '0.0.0.0', guarded: true });
    const insecure = await start(httpBench().surface, { host: '0.0.0.0', insecure: true });
    for (const { url } of [guarded, insecure]) {
      expect((await fetch(`${url.replace('0.0.0.0', '127.0.0.1')}/ping`)).status).toBe(200);
    }
  });

  it('names the TLS file that is missing', async () => {
    const tls = { certFile: '/nowhere/server.crt', keyFile: '/nowhere/server.key' };
    await expect(start(httpBench().surface, { tls })).rejects.toThrow(
      'the TLS certificate /nowhere/server.crt cannot be read',
    );
  });

  const serverFiles = { certFile: pem('server'), keyFile: pem('server-key') };

  it('speaks TLS', async () => {
    const { surface, stored } = httpBench();
    const { url } = await start(surface, { tls: serverFiles });
    expect(url).toMatch(/^https:/);
    expect(await postTls(url, {})).toBe(200);
    expect(stored).toHaveLength(1);
  });

  it('takes alerts only from clients with a certificate of its authority, beyond loopback too', async () => {
    const { surface, stored } = httpBench();
    const { url } = await start(surface, { host: '0.0.0.0', tls: { ...serverFiles, clientCaFile: pem('ca') } });
    const local = url.replace('0.0.0.0', '127.0.0.1');
    await expect(postTls(local, {})).rejects.toThrow();
    expect(stored).toHaveLength(0);
    const client = { cert: readFileSync(pem('client')), key: readFileSync(pem('client-key')) };
    expect(await postTls(local, client)).toBe(200);
  });

  it('does not take TLS alone for protection', async () => {
    await expect(start(httpBench().surface, { host: '0.0.0.0', tls: serverFiles })).rejects.toThrow(
      /refusing to listen/,
    );
  });

  it('lets a request under way end when it closes', async () => {
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const server = await start(
      only((_incoming, outgoing) => {
        arrived.resolve();
        void answer.promise.then(() => outgoing.end('done'));
      }),
    );
    const asked = fetch(server.url);
    await arrived.promise;
    const closing = server.close(60_000);
    answer.resolve();
    expect(await (await asked).text()).toBe('done');
    await closing;
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('cuts a request that does not end in time', async () => {
    const arrived = Promise.withResolvers<void>();
    const server = await start(only(() => arrived.resolve()));
    const asked = fetch(server.url);
    asked.catch(() => undefined);
    await arrived.promise;
    await server.close(0);
    await expect(asked).rejects.toThrow();
  });
});

describe('an address that cannot be listened on', () => {
  it.each([
    ['192.0.2.1', /EADDRNOTAVAIL\): this machine has no such address; write one that it has/],
    ['no-such-host.invalid', /(ENOTFOUND|EAI_AGAIN)\): no address is known for that name/],
  ])('is refused with what to write instead: %s', async (host, says) => {
    await expect(
      start(
        only(() => undefined),
        { host, insecure: true },
      ),
    ).rejects.toThrow(says);
  });
});
