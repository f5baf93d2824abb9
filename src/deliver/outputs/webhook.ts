import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { encodeAlert } from '../../alert/falco-json.ts';
import { secretText, secretUrl } from '../../base/config-values.ts';
import { openHttpClient, outcomeOfStatus } from '../../base/http-client.ts';
import { printable } from '../../base/printable.ts';
import { tlsSettings } from '../../base/tls-settings.ts';
import { jsonTemplate } from './json-template.ts';
import { defineOutput } from './output.ts';
import { tlsFindings } from './tls-findings.ts';

export const webhook = defineOutput({
  kind: 'webhook',
  about: 'Posts alerts to a URL: Falco’s JSON with our enrichment, or a template of your own, signed if you like.',
  config: z.strictObject({
    url: secretUrl.describe('Where to; counts as secret, since many receivers keep a token in it'),
    method: z.enum(['POST', 'PUT']).default('POST'),
    headers: z
      .record(z.string().regex(/^[\w-]+$/), secretText)
      .default({})
      .describe('Sent with every request; their values are secret'),
    hmac_secret: secretText
      .optional()
      .describe(
        'Signs each request: `x-signature-256: sha256=HEX`, the HMAC of `x-signature-timestamp`, a dot and the body',
      ),
    template: jsonTemplate
      .optional()
      .describe(
        'The body, with {{rule}} for a value inside a JSON string, {{json tags}} for a JSON value, {{alert}} for the whole alert',
      ),
    content_type: z
      .string()
      .regex(/^[\x20-\x7e]+$/)
      .optional()
      .describe('By default application/json, or application/x-ndjson for several alerts'),
    max_alerts: z
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe('More than 1 sends up to that many alerts in one request, one a line (NDJSON)'),
    tls: tlsSettings.optional().describe('Authorities and a client certificate of your own'),
  }),
  batch: ({ max_alerts }) => ({
    maxAlerts: max_alerts,
    maxBytes: 4 * 1_048_576,
    maxWaitMs: max_alerts === 1 ? 0 : 1000,
  }),
  findings: ({ tls, url }, tools) => tlsFindings(tls, url.reveal(), tools),
  async open({ url, method, headers, hmac_secret, template, content_type, max_alerts, tls }, { clock, resolvePath }) {
    const http = await openHttpClient({ clock, resolvePath, tls });
    const encode: (alert: Alert) => string = template ?? encodeAlert;
    const contentType = content_type ?? (max_alerts === 1 ? 'application/json' : 'application/x-ndjson');
    const configured = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.reveal()]);

    const signature = (body: string): Record<string, string> => {
      if (hmac_secret === undefined) return {};
      // The time is signed too, so that a receiver can refuse what is sent to it again later.
      const timestamp = String(Math.floor(clock.now() / 1000));
      const digest = createHmac('sha256', hmac_secret.reveal()).update(`${timestamp}.${body}`).digest('hex');
      return { 'x-signature-timestamp': timestamp, 'x-signature-256': `sha256=${digest}` };
    };
    return {
      async send(alerts, signal) {
        const body = alerts.map((alert) => encode(alert)).join('\n') + (max_alerts === 1 ? '' : '\n');
        const request = {
          url: url.reveal(),
          method,
          body,
          headers: {
            'user-agent': 'falco-elb-sidekick',
            'content-type': contentType,
            ...Object.fromEntries(configured),
            ...signature(body),
          },
        };
        const answer = await http.post(request, signal);
        const outcome = outcomeOfStatus(answer, printable(answer.body.slice(0, 200)));
        return alerts.map(() => outcome);
      },
      probe: (signal) => http.reachable(url.reveal(), signal),
      problems: () => http.problems(),
      close: () => http.close(),
    };
  },
});
