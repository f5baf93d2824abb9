import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { snippetsOf } from '../../src/triage/snippet.ts';
import { albLine } from '../support/alb-line.ts';
import { anAlert } from '../support/alerts.ts';
import { hostileAlerts } from '../support/hostile-alerts.ts';
import { loadPack, Watch } from '../support/pack.ts';

const fields = ['awselb.client_ip', 'awselb.request_path', 'awselb.user_agent'];
const extra = { appendOutput: [{ extraFields: fields }] };
const line = albLine({ client: '81.2.69.142', agent: 'sqlmap/1.8.2#stable (https://sqlmap.org)' });
const other = albLine({ client: '81.2.69.143', agent: 'sqlmap/1.8.2#stable (https://sqlmap.org)' });

describe('the snippets of an alert', () => {
  it('hold an exception by which its rule is silent about this client, and about no other', () => {
    const [alert] = new Watch(loadPack(extra)).alerts(line) ?? [];
    if (alert === undefined) throw new Error('the pack says nothing of sqlmap');
    const { exception = '' } = snippetsOf(alert);
    expect(exception).toContain('exceptions: append');
    const watch = new Watch(loadPack(extra, exception));
    expect(watch.rules(line)).not.toContain(alert.rule);
    expect(watch.rules(other)).toContain(alert.rule);
  });

  it('hold an override by which the rule is silent altogether', () => {
    const [alert] = new Watch(loadPack(extra)).alerts(line) ?? [];
    if (alert === undefined) throw new Error('the pack says nothing of sqlmap');
    const watch = new Watch(loadPack(extra, snippetsOf(alert).override));
    expect(watch.rules(line)).not.toContain(alert.rule);
    expect(watch.rules(other)).not.toContain(alert.rule);
  });

  it.each(hostileAlerts.map((alert) => [alert.rule.slice(0, 20), alert] as const))(
    'are one YAML item each whatever the rule is called: %j',
    (_name, alert) => {
      const { exception, override, json } = snippetsOf(alert);
      for (const text of [override, ...(exception === undefined ? [] : [exception])]) {
        const items = parse(text) as { rule: string }[];
        expect(items.map(({ rule }) => rule)).toEqual([alert.rule.toWellFormed()]);
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }
      expect(JSON.parse(json)).toMatchObject({ id: alert.id });
    },
  );

  it('leave out values that Falco would read otherwise than they stand there', () => {
    const { exception } = snippetsOf(
      anAlert(1, { fields: { 'awselb.client_ip': '192.0.2.1', 'awselb.user_agent': 'a", b) or (x' } }),
    );
    expect(exception).toContain('fields: [awselb.client_ip]');
    expect(snippetsOf(anAlert(1, { fields: { 'awselb.user_agent': "it's" } })).exception).toBeUndefined();
  });
});
