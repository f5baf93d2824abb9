import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import { addPageRoutes } from '../../src/http/routes/page.ts';

const hono = new Hono();
addPageRoutes(hono);

const get = async (path: string, encoding?: string): Promise<Response> =>
  hono.request(path, encoding === undefined ? {} : { headers: { 'accept-encoding': encoding } });

describe('the page', () => {
  let document = '';
  let assets: string[] = [];

  beforeAll(async () => {
    document = await (await get('/')).text();
    assets = [...document.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  });

  it('allows scripts, styles and requests of its own origin only, and has nothing inline', async () => {
    const policy = (await get('/')).headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'self';/);
    expect(policy).not.toContain('unsafe');
    expect(document).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
  });

  it('loads nothing but what it brings', () => {
    expect(assets.map((path) => path.replace(/-[A-Za-z0-9]{8}\./, '-HASH.'))).toEqual([
      '/page/icon-HASH.svg',
      '/page/main-HASH.css',
      '/page/main-HASH.js',
    ]);
  });

  it('is asked for anew each time, what it loads is kept for ever', async () => {
    expect((await get('/')).headers.get('cache-control')).toBe('no-cache');
    for (const path of assets) {
      const answer = await get(path);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ]);
    }
  });

  it('goes over the wire compressed, in less than 300 kB all together', async () => {
    let bytes = 0;
    for (const path of ['/', ...assets]) {
      const plain = Buffer.from(await (await get(path)).arrayBuffer());
      const small = Buffer.from(await (await get(path, 'gzip, deflate')).arrayBuffer());
      const smaller = Buffer.from(await (await get(path, 'gzip, deflate, br')).arrayBuffer());
      expect(gunzipSync(small)).toEqual(plain);
      expect(brotliDecompressSync(smaller)).toEqual(plain);
      bytes += small.length;
    }
    expect(bytes).toBeLessThan(300_000);
  });

  it('knows no other files', async () => {
    expect((await get('/page/main.js')).status).toBe(404);
    expect((await get('/page/..%2fmain.tsx')).status).toBe(404);
  });

  it('opens the alert of a link that Slack has', async () => {
    const answer = await get('/alerts/0123&x=1');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/?alert=0123%26x%3D1']);
  });
});
