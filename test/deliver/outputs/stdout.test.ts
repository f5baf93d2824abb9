import { expect, test } from 'vitest';
import { parseJson } from '../../../src/base/json.ts';
import { stdout } from '../../../src/deliver/outputs/stdout.ts';
import { anAlert } from '../../support/alerts.ts';
import { hostileAlerts } from '../../support/hostile-alerts.ts';
import { outputTools } from '../../support/output-tools.ts';

async function printed(format: 'text' | 'jsonl', ...alerts: ReturnType<typeof anAlert>[]): Promise<string> {
  let text = '';
  const write = async (part: string): Promise<void> => {
    text += part;
  };
  const output = await stdout.open({ format }, outputTools({ write }));
  const outcomes = await output.send(alerts, new AbortController().signal);
  expect(outcomes).toEqual(alerts.map(() => ({ kind: 'done' })));
  return text;
}

const enrichment = {
  'geoip.awselb.client_ip.country': 'GB',
  'geoip.awselb.client_ip.city': 'London',
  'geoip.awselb.client_ip.asn': 20712,
  'geoip.awselb.client_ip.as_org': 'Andrews & Arnold Ltd',
  'elb.name': 'payments',
};

test('text: one line an alert, with where its address is', async () => {
  expect(await printed('text', anAlert(1, { enrichment }), anAlert(2))).toBe(
    `${anAlert(1).output} [GB London · AS20712 Andrews & Arnold Ltd]\n${anAlert(2).output}\n`,
  );
});

test('text: nothing in an alert can move the cursor, break the line or turn the text around', async () => {
  const text = await printed(
    'text',
    anAlert(1, { output: 'a\u001b[2J\r\nb\u0007\u009b31m\u202ec', enrichment: { 'geoip.x.city': '\u001b]0;t\u0007' } }),
  );
  expect(text).toBe('a\\x1b[2J\\r\\nb\\x07\\x9b31m\\u202ec [\\x1b]0;t\\x07]\n');
});

test('jsonl: one JSON object a line, with enrichment and every digit, harmless on a terminal', async () => {
  const alert = anAlert(1, { enrichment, output: 'a\u001b\u009b\u202eb\n' });
  const text = await printed('jsonl', alert, anAlert(2));
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(text.replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/);
  expect(parseJson(lines[0] ?? '')).toMatchObject({
    output: alert.output,
    enrichment,
    output_fields: { 'evt.time': 1795216177029160000n },
  });
});

test.each(['text', 'jsonl'] as const)(
  '%s: every hostile alert is one line without a control character',
  async (format) => {
    const text = await printed(format, ...hostileAlerts);
    const lines = text.split('\n');
    expect(lines).toHaveLength(hostileAlerts.length + 1);
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  },
);

const closedPipe = (): Promise<void> => Promise.reject(new Error('EPIPE'));

test('when standard output is closed, the alerts are to be tried again', async () => {
  const output = await stdout.open({ format: 'text' }, outputTools({ write: closedPipe }));
  await expect(output.send([anAlert(1)], new AbortController().signal)).rejects.toThrow('EPIPE');
});
