import { hash } from 'node:crypto';
import type { Hono } from 'hono';
import { attribution } from '../../geoip/embedded.ts';
import type { Service } from '../service.ts';

/** `GET /` for a person with a browser: what this is and where to look. Nothing on it comes from an alert. */
export function addFrontRoute(app: Hono, { version }: Service): void {
  const document = page(version);
  app.get('/', (c) =>
    c.html(document, 200, {
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    }),
  );
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color:#222;background:#fff}' +
  '@media(prefers-color-scheme:dark){body{color:#ddd;background:#181a1b}a{color:#8ab4f8}}' +
  'code{background:#8882;padding:.1em .3em;border-radius:3px}footer{margin-top:3rem;font-size:.85rem;opacity:.8}';

function page(version: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>elb-sidekick</title>
<style>${style}</style>
</head>
<body>
<h1>elb-sidekick</h1>
<p>Version ${version}. Alerts come in at <code>POST /</code>: point Falco's <code>http_output.url</code> here, as you would at falcosidekick.</p>
<ul>
<li><a href="/readyz">/readyz</a>: whether each part can do its work</li>
<li><a href="/healthz">/healthz</a>, <a href="/ping">/ping</a>: whether the process answers</li>
<li><a href="/metrics">/metrics</a>: numbers for Prometheus</li>
<li><code>POST /test</code>: sends a test alert through every output that takes priority Debug</li>
</ul>
<footer><a href="${attribution.url}">${attribution.text}</a>, <a href="${attribution.licenceUrl}">${attribution.licence}</a></footer>
</body>
</html>
`;
}
