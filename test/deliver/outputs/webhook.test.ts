import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import { parseJson } from '../../../src/base/json.ts';
import { webhook } from '../../../src/deliver/outputs/webhook.ts';
import { describeOutput } from '../../contracts/describe-output.ts';
import { anAlert, someAlerts } from '../../support/alerts.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { handClock } from '../../support/hand-clock.ts';
import { hostileAlerts } from '../../support/hostile-alerts.ts';
import { type HttpReceiver, startHttpReceiver } from '../../support/http-receiver.ts';
import { outputTools } from '../../support/output-tools.ts';

describeOutput('webhook', {
  kind: webhook,
  start: () => startHttpReceiver(),
  config: (endpoint) => ({
    url: `${endpoint}/services/T0P5ECRET?token=T0P5ECRET2`,
    headers: { authorization: 'Bearer T0P5ECRET3' },
    hmac_secret: 'T0P5ECRET4',
  }),
  secrets: ['T0P5ECRET'],
  statuses: {
    200: 'done',
    204: 'done',
    301: 'reject',
    400: 'reject',
    401: 'reject',
    403: 'reject',
    404: 'reject',
    408: 'retry',
    410: 'reject',
    413: 'reject',
    429: 'retry',
    500: 'retry',
    502: 'retry',
    503: 'retry',
    504: 'retry',
  },
});

async function sent(config: Partial<z.input<typeof webhook.config>>, alerts = someAlerts(1)): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver();
  onTestFinished(() => receiver.stop());
  const parsed = webhook.config.parse({ url: `${receiver.endpoint}/hook`, ...config });
  const output = await webhook.open(parsed, outputTools({ clock: handClock() }));
  await output.send(alerts, new AbortController().signal);
  return receiver;
}

test('sends Falco’s JSON with enrichment and every digit', async () => {
  const [alert] = [anAlert(1, { enrichment: { 'geoip.awselb.client_ip.country': 'GB' } })];
  const { received } = await sent({}, [alert]);
  expect(received[0]).toMatchObject({ method: 'POST', path: '/hook', headers: { 'content-type': 'application/json' } });
  expect(parseJson(received[0]?.body ?? '')).toMatchObject({
    rule: 'Path scan',
    output_fields: { 'evt.time': 1795216177029160000n },
    enrichment: { 'geoip.awselb.client_ip.country': 'GB' },
  });
});

test('several alerts go as NDJSON', async () => {
  const { received } = await sent({ max_alerts: 10, method: 'PUT', headers: { 'X-Team': 'blue' } }, someAlerts(3));
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({
    method: 'PUT',
    headers: { 'content-type': 'application/x-ndjson', 'x-team': 'blue' },
  });
  expect(
    received[0]?.body
      .trimEnd()
      .split('\n')
      .map((line) => parseJson(line)),
  ).toMatchObject(someAlerts(3).map(({ id }) => ({ id })));
});

test('the signature is the HMAC of time and body', async () => {
  const { received } = await sent({ hmac_secret: 'key' });
  const headers = received[0]?.headers ?? {};
  const body = received[0]?.body ?? '';
  const timestamp = String(headers['x-signature-timestamp']);
  expect(timestamp).toBe(String(Date.parse('2026-11-21T00:00:00Z') / 1000));
  expect(headers['x-signature-256']).toBe(
    `sha256=${createHmac('sha256', 'key').update(`${timestamp}.${body}`).digest('hex')}`,
  );
});

test('a template is filled, and stays JSON whatever an attacker wrote', async () => {
  const template =
    '{"text":"{{priority}}: {{output}} from {{awselb.client_ip}} {{absent}}","tags":{{json tags}},"none":{{json absent}},"all":{{alert}}}';
  const { received } = await sent({ template });
  expect(parseJson(received[0]?.body ?? '')).toMatchObject({
    text: `Warning: ${anAlert(1).output} from 81.2.69.142 `,
    tags: ['scan', 'web'],
    none: null,
    all: { id: anAlert(1).id },
  });
  for (const alert of hostileAlerts) {
    const [one] = (await sent({ template }, [alert])).received;
    expect(parseJson(one?.body ?? '')).toMatchObject({ tags: alert.tags, none: null });
  }
});

test('a template that cannot be right is refused', () => {
  for (const template of ['{{', '{{}}', '{"a":"{{ }}"}', 'x }} y'])
    expect(webhook.config.safeParse({ url: 'http://x', template }).success, template).toBe(false);
});

test('a URL that is none is refused without being repeated', () => {
  const result = webhook.config.safeParse({ url: 'hooks.example/T0P5ECRET' });
  expect(result.success).toBe(false);
  expect(JSON.stringify(result.error?.issues)).not.toContain('T0P5ECRET');
});

test('an alert whose receiver said 200 and then broke off is not sent again', async () => {
  const receiver = await startHttpReceiver(() => 'a long answer');
  const proxy = await startFaultProxy(receiver.endpoint);
  onTestFinished(async () => {
    await proxy.stop();
    await receiver.stop();
  });
  proxy.misbehave(() => ({ kind: 'reset', afterBytes: 3 }));
  const output = await webhook.open(webhook.config.parse({ url: proxy.endpoint }), outputTools());
  expect(await output.send(someAlerts(1), new AbortController().signal)).toEqual([{ kind: 'done' }]);
});
