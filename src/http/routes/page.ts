import type { Context, Hono } from 'hono';
import { pageFiles, type PageFile, type PageFiles } from '../page-files.ts';

/** Nothing from elsewhere, nothing inline, in nobody's frame; what the page shows was written by attackers. */
const policy =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/**
 * `GET /`: the triage page. It is the same for everyone and says nothing of any alert: whoever may not read gets a login from it.
 * `/alerts/ID`, as Slack's messages link to, leads to the alert on it.
 */
export function addPageRoutes(app: Hono): void {
  let bundled: Promise<PageFiles> | undefined;
  const files = (): Promise<PageFiles> => {
    // A failure is not kept: a full disk or a lack of memory passes.
    bundled ??= pageFiles().catch((error: unknown) => {
      bundled = undefined;
      throw error;
    });
    return bundled;
  };
  app.get('/', async (c) => {
    const { document } = await files();
    return send(c, document, 'no-cache', { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' });
  });
  app.get('/page/:name', async (c) => {
    const asset = (await files()).assets.get(c.req.path);
    return asset === undefined ? c.notFound() : send(c, asset, 'public, max-age=31536000, immutable', {});
  });
  app.get('/alerts/:id', (c) => c.redirect(`/?alert=${encodeURIComponent(c.req.param('id'))}`, 302));
}

function send(c: Context, file: PageFile, cacheControl: string, more: Readonly<Record<string, string>>): Response {
  const accepted = c.req.header('accept-encoding') ?? '';
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
  const body = encoding === 'br' ? file.brotli : encoding === 'gzip' ? file.gzip : file.plain;
  return c.body(body, 200, {
    'content-type': file.type,
    'cache-control': cacheControl,
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    ...more,
  });
}
