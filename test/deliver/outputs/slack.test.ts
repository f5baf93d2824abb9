import { expect, onTestFinished, test } from 'vitest';
import { slack } from '../../../src/deliver/outputs/slack.ts';
import { slackMessage } from '../../../src/deliver/outputs/slack-message.ts';
import { flag, slackText } from '../../../src/deliver/outputs/slack-text.ts';
import { describeOutput } from '../../contracts/describe-output.ts';
import { anAlert } from '../../support/alerts.ts';
import { handClock } from '../../support/hand-clock.ts';
import { hostileAlerts } from '../../support/hostile-alerts.ts';
import { startHttpReceiver } from '../../support/http-receiver.ts';
import { outputTools } from '../../support/output-tools.ts';
import { slackComplaints } from '../../support/slack-limits.ts';

/** A webhook as Slack's is: refuses what is beyond the documented limits with `invalid_blocks`. */
const startSlack = () =>
  startHttpReceiver(({ method, body }) => {
    if (method === 'HEAD') return 'ok';
    const complaints = slackComplaints(JSON.parse(body));
    return complaints.length === 0 ? 'ok' : { status: 400, body: `invalid_blocks: ${complaints.join('; ')}` };
  });

describeOutput('slack by webhook', {
  kind: slack,
  start: startSlack,
  config: (endpoint) => ({ webhook_url: `${endpoint}/services/T000/B000/T0P5ECRET` }),
  secrets: ['T0P5ECRET'],
  statuses: {
    200: 'done',
    400: 'reject',
    403: 'reject',
    404: 'reject',
    410: 'reject',
    429: 'retry',
    500: 'retry',
    503: 'retry',
  },
});

describeOutput('slack by bot token', {
  kind: slack,
  start: () =>
    startHttpReceiver(({ path }) => (path === '/auth.test' ? '{"ok":true}' : '{"ok":true,"channel":"C1","ts":"1.2"}')),
  config: (endpoint) => ({ bot_token: 'xoxb-T0P5ECRET', channel: '#alerts', api_url: endpoint }),
  secrets: ['T0P5ECRET'],
  statuses: { 200: 'retry', 403: 'reject', 429: 'retry', 500: 'retry' },
});

const look = { showFields: true };

test('a message leaves the whole log line out of the fields it shows', () => {
  const fields = { 'awselb.line': 7, 'awselb.raw': 'https 2026-09-15T18:05:00.000000Z app/shop' };
  const shown = JSON.stringify(slackMessage(anAlert(1, { fields }), look));
  expect(shown).toContain('awselb.line');
  expect(shown).not.toContain('app/shop');
});

test('a message shows priority, rule, output, every kind of field, and where the address is', () => {
  const alert = anAlert(1, {
    fields: {
      'awselb.elb_status_code': 404,
      'awselb.client_ip': '81.2.69.142',
      none: null,
      flag: true,
      list: ['a', 1],
      big: 1795216177029160001n,
    },
    enrichment: {
      'geoip.awselb.client_ip.country': 'GB',
      'geoip.awselb.client_ip.city': 'London',
      'geoip.awselb.client_ip.asn': 20712,
    },
  });
  expect(slackMessage(alert, { showFields: true, pageUrl: 'https://triage.example/' })).toEqual({
    text: 'Warning: Path scan',
    unfurl_links: false,
    unfurl_media: false,
    attachments: [
      {
        color: '#ffc700',
        fallback: alert.output,
        blocks: [
          { type: 'header', text: { type: 'plain_text', text: 'Warning: Path scan', emoji: false } },
          { type: 'section', text: { type: 'mrkdwn', verbatim: true, text: alert.output } },
          {
            type: 'section',
            fields: [
              '*awselb.client_ip*\n`81.2.69.142`',
              '*awselb.elb_status_code*\n`404`',
              '*big*\n`1795216177029160001`',
              '*flag*\n`true`',
              '*list*\n`["a",1]`',
            ].map((text) => ({ type: 'mrkdwn', verbatim: true, text })),
          },
          {
            type: 'context',
            elements: [
              '🇬🇧 GB London · AS20712 (awselb.client_ip)',
              '2026-11-20T23:09:37.029160000Z',
              'source awselb',
              'host vm',
              'tags scan, web',
              `<https://triage.example/alerts/${alert.id}|open>`,
            ].map((text) => ({ type: 'mrkdwn', verbatim: true, text })),
          },
        ],
      },
    ],
  });
});

test('no alert, however hostile, brings a mention or link to life or passes a limit of Slack', () => {
  for (const alert of hostileAlerts) {
    const message = slackMessage(alert, look);
    expect(slackComplaints(message), alert.id).toEqual([]);
    expect(JSON.stringify(message)).not.toMatch(/[<>]|\\u001b|\u202e/);
  }
});

test('text is escaped and cut between characters, within its limit at N and at N+1', () => {
  expect(slackText('a&b<c>', 100)).toBe('a&amp;b&lt;c&gt;');
  expect(slackText('abcde', 5)).toBe('abcde');
  expect(slackText('abcdef', 5)).toBe('abcd…');
  expect(slackText('ab&', 7)).toBe('ab&amp;');
  expect(slackText('ab&c', 7)).toBe('ab…');
  expect(slackText('😀😀😀', 5)).toBe('😀😀…');
  expect(slackText('line\u0000\u202e', 50)).toBe('line\\x00\\u202e');
});

test('a flag for a country code, nothing for anything else', () => {
  expect(flag('GB')).toBe('🇬🇧');
  for (const other of ['', 'gb', 'GBR', 'T1', '<!']) expect(flag(other)).toBe('');
});

test('messages go out no faster than one a second', async () => {
  const receiver = await startSlack();
  onTestFinished(() => receiver.stop());
  const clock = handClock();
  const waits: number[] = [];
  const counting = { now: () => clock.now(), sleep: async (ms: number) => void waits.push(ms) };
  const config = slack.config.parse({ webhook_url: `${receiver.endpoint}/x` });
  const output = await slack.open(config, outputTools({ clock: counting }));
  for (let n = 0; n < 3; n++) await output.send([anAlert(n)], new AbortController().signal);
  expect(waits).toEqual([0, 1000, 1000]);
});

const inGroup = (n: number, key: string) => anAlert(n, { enrichment: { 'group.key': key } });

test('with a bot token, the summaries of a group go into the thread of its first alert', async () => {
  let ts = 0;
  const receiver = await startHttpReceiver(() =>
    JSON.stringify({ ok: true, channel: 'C1', ts: `170000000${++ts}.000100`, message: { text: '"ts":"9"' } }),
  );
  onTestFinished(() => receiver.stop());
  const config = slack.config.parse({ bot_token: 'xoxb-1', channel: 'C1', api_url: receiver.endpoint });
  const output = await slack.open(config, outputTools({ clock: { now: () => 0, sleep: async () => undefined } }));
  for (const alert of [inGroup(1, 'a'), inGroup(2, 'b'), inGroup(3, 'a'), anAlert(4), inGroup(5, 'b')])
    await output.send([alert], new AbortController().signal);
  const threads = receiver.received.map(({ body }) => (JSON.parse(body) as { thread_ts?: string }).thread_ts);
  expect(threads).toEqual([undefined, undefined, '1700000001.000100', undefined, '1700000002.000100']);
  expect(receiver.received[0]).toMatchObject({
    path: '/chat.postMessage',
    headers: { authorization: 'Bearer xoxb-1' },
  });
});

test.each([
  ['channel_not_found', 'reject'],
  ['invalid_auth', 'reject'],
  ['invalid_blocks', 'reject'],
  ['ratelimited', 'retry'],
  ['internal_error', 'retry'],
])('the Web API saying %s is %s', async (error, kind) => {
  const receiver = await startHttpReceiver(() => JSON.stringify({ ok: false, error }));
  onTestFinished(() => receiver.stop());
  const config = slack.config.parse({ bot_token: 'xoxb-1', channel: 'C1', api_url: receiver.endpoint });
  const output = await slack.open(config, outputTools());
  const [outcome] = await output.send([anAlert(1)], new AbortController().signal);
  expect(outcome).toMatchObject({ kind, cause: { message: `Slack says: ${error}` } });
});

const ok = (config: unknown): boolean => slack.config.safeParse(config).success;

test('the config wants a webhook, or a token and a channel', () => {
  expect(ok({})).toBe(false);
  expect(ok({ bot_token: 'x' })).toBe(false);
  expect(ok({ bot_token: 'x', channel: 'c', webhook_url: 'https://x/' })).toBe(false);
  expect(ok({ bot_token: 'x', channel: 'c' })).toBe(true);
  expect(ok({ webhook_url: 'https://hooks.slack.com/services/a/b/c' })).toBe(true);
});

test('a template makes the line above the message, a footer its last; what the alert says in it stays text', () => {
  const config = slack.config.parse({
    webhook_url: 'https://hooks.slack.com/services/a/b/c',
    message_template:
      '<!here> *{{ .Rule }}* {{ .Priority }} {{ index .OutputFields "path" }} {{ index .OutputFields "status" }}{{ if .Hostname }} on {{ .Hostname }}{{ end }}',
  });
  const heading = config.message_template;
  if (heading === undefined) throw new Error('no template');
  const alert = anAlert(1, { rule: '<!channel>', fields: { path: '/<https://evil|x>', status: 503 }, hostname: 'h' });
  const message = slackMessage(alert, { ...look, heading, footer: 'see <https://runbooks.example|the runbook>' });
  expect(message.text).toBe(`<!here> *&lt;!channel&gt;* ${alert.priority} /&lt;https://evil|x&gt; 503 on h`);
  expect(message.attachments[0]?.blocks.at(-1)).toEqual({
    type: 'context',
    elements: [{ type: 'mrkdwn', text: 'see <https://runbooks.example|the runbook>', verbatim: true }],
  });
  for (const hostile of hostileAlerts) {
    const made = slackMessage(hostile, { ...look, heading, footer: 'f'.repeat(300) });
    expect(slackComplaints(made), hostile.id).toEqual([]);
    expect(made.text.replace('<!here>', '')).not.toMatch(/[<>]/);
  }
});

test('a webhook of the old kind is told the channel', async () => {
  const receiver = await startSlack();
  onTestFinished(() => receiver.stop());
  const config = slack.config.parse({ webhook_url: receiver.endpoint, channel: '#falco' });
  const output = await slack.open(config, outputTools());
  expect(await output.send([anAlert(1)], new AbortController().signal)).toEqual([{ kind: 'done' }]);
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ channel: '#falco' });
});
