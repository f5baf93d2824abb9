import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type HttpServer, type ListenOptions, openServer } from '../../src/http/server.ts';
import { httpBench } from '../support/http-service.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close(0)));
});

async function start(app: Pick<Hono, 'fetch'>, options: Partial<ListenOptions> = {}): Promise<HttpServer> {
  const server = await openServer(
    app,
    { host: '127.0.0.1', port: 0, guarded: false, insecure: false, maxConnections: 100, ...options },
    systemClock,
  );
  open.push(server);
  return server;
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
    const { app, stored } = httpBench({ rules: { networks: ['127.0.0.1'] } });
    const { url } = await start(app);
    expect((await fetch(url, { method: 'POST', body: falco })).status).toBe(200);
    expect(await postChunks(url, ['{"priority":"Error",', '"rule":"In chunks"}'])).toBe(200);
    expect(stored.map(({ rule }) => rule)).toEqual(['R', 'In chunks']);
  });

  it('counts the chunks of a body that never says its length', async () => {
    const { app } = httpBench();
    const { url } = await start(app);
    const status = await postChunks(
      url,
      Array.from({ length: 20 }, () => 'x'.repeat(1_000_000)),
    ).catch(() => 413);
    expect(status).toBe(413);
  });

  it('says that the port is taken, and by what to change it', async () => {
    const { app } = httpBench();
    const first = await start(app);
    await expect(start(app, { port: Number(new URL(first.url).port) })).rejects.toThrow(
      /EADDRINUSE.*choose another port/,
    );
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])('does not listen on %s without protection', async (host) => {
    await expect(start(httpBench().app, { host })).rejects.toThrow(/refusing to listen on .* insecure: true/);
  });

  it('listens beyond loopback when guarded, or when told to be insecure', async () => {
    const guarded = await start(httpBench().app, { host: '0.0.0.0', guarded: true });
    const insecure = await start(httpBench().app, { host: '0.0.0.0', insecure: true });
    for (const { url } of [guarded, insecure]) {
      expect((await fetch(`${url.replace('0.0.0.0', '127.0.0.1')}/ping`)).status).toBe(200);
    }
  });

  it('names the TLS file that is missing', async () => {
    const tls = { certFile: '/nowhere/server.crt', keyFile: '/nowhere/server.key' };
    await expect(start(httpBench().app, { tls })).rejects.toThrow(
      'the TLS certificate /nowhere/server.crt cannot be read',
    );
  });

  const serverFiles = { certFile: pem('server'), keyFile: pem('server-key') };

  it('speaks TLS', async () => {
    const { app, stored } = httpBench();
    const { url } = await start(app, { tls: serverFiles });
    expect(url).toMatch(/^https:/);
    expect(await postTls(url, {})).toBe(200);
    expect(stored).toHaveLength(1);
  });

  it('takes alerts only from clients with a certificate of its authority, beyond loopback too', async () => {
    const { app, stored } = httpBench();
    const { url } = await start(app, { host: '0.0.0.0', tls: { ...serverFiles, clientCaFile: pem('ca') } });
    const local = url.replace('0.0.0.0', '127.0.0.1');
    await expect(postTls(local, {})).rejects.toThrow();
    expect(stored).toHaveLength(0);
    const client = { cert: readFileSync(pem('client')), key: readFileSync(pem('client-key')) };
    expect(await postTls(local, client)).toBe(200);
  });

  it('does not take TLS alone for protection', async () => {
    await expect(start(httpBench().app, { host: '0.0.0.0', tls: serverFiles })).rejects.toThrow(/refusing to listen/);
  });

  it('lets a request under way end when it closes', async () => {
    const app = new Hono();
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    app.get('/', async (c) => {
      arrived.resolve();
      await answer.promise;
      return c.text('done');
    });
    const server = await start(app);
    const asked = fetch(server.url);
    await arrived.promise;
    const closing = server.close(60_000);
    answer.resolve();
    expect(await (await asked).text()).toBe('done');
    await closing;
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('cuts a request that does not end in time', async () => {
    const app = new Hono();
    const arrived = Promise.withResolvers<void>();
    app.get('/', async () => {
      arrived.resolve();
      return new Promise<never>(() => undefined);
    });
    const server = await start(app);
    const asked = fetch(server.url);
    asked.catch(() => undefined);
    await arrived.promise;
    await server.close(0);
    await expect(asked).rejects.toThrow();
  });
});
