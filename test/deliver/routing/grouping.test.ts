import { expect, test } from 'vitest';
import { createGrouping } from '../../../src/deliver/routing/grouping.ts';
import type { Throttle } from '../../../src/deliver/routing/router.ts';
import { anAlert } from '../../support/alerts.ts';

const minute = 60_000;
const group: Throttle = {
  key: '["root","81.2.69.142"]',
  shared: { 'awselb.client_ip': '81.2.69.142' },
  burst: 1,
  renews: false,
  waitMs: 5 * minute,
  intervalMs: 5 * minute,
};

test('the first alert goes out at once, the rest as one summary with the top paths', () => {
  const grouping = createGrouping('slack', new Map());
  const out = Array.from({ length: 4212 }, (_, n) =>
    grouping.admit(
      anAlert(n, {
        fields: { 'awselb.request_path': n % 20 === 0 ? '/xmlrpc.php' : '/wp-login.php' },
        enrichment: { 'geoip.x.country': 'GB' },
      }),
      [group],
      n,
    ),
  );
  expect(out.filter(Boolean)).toHaveLength(1);
  expect(out[0]).toBe(true);
  expect(grouping.due(5 * minute - 1, 100)).toEqual([]);
  const [summary, ...none] = grouping.due(5 * minute, 100);
  expect(none).toEqual([]);
  expect(summary?.output).toBe(
    '4,211 more of "Path scan" from 81.2.69.142 in 5 min: /wp-login.php (4,001), /xmlrpc.php (210)',
  );
  expect(summary).toMatchObject({
    rule: 'Path scan',
    priority: 'Warning',
    fields: { 'summary.count': 4211, 'awselb.client_ip': '81.2.69.142' },
    enrichment: { 'geoip.x.country': 'GB', 'group.key': group.key },
  });
  expect(summary?.id).toMatch(/^[0-9a-f]{32}$/);
});

test('a group goes on while alerts keep coming, and begins anew after a window without any', () => {
  const grouping = createGrouping('slack', new Map());
  expect(grouping.admit(anAlert(1), [group], 0)).toBe(true);
  expect(grouping.admit(anAlert(2), [group], 1)).toBe(false);
  expect(grouping.due(5 * minute, 100)).toHaveLength(1);
  expect(grouping.admit(anAlert(3), [group], 6 * minute)).toBe(false);
  expect(grouping.due(10 * minute, 100)).toHaveLength(1);
  expect(grouping.due(15 * minute, 100)).toEqual([]);
  expect(grouping.nextDueMs()).toBeUndefined();
  expect(grouping.admit(anAlert(4), [group], 16 * minute)).toBe(true);
});

test('a rate limit lets its count through in every window and sums up the rest', () => {
  const limit: Throttle = {
    key: '["root","rate_limit"]',
    shared: {},
    burst: 2,
    renews: true,
    waitMs: minute,
    intervalMs: minute,
  };
  const grouping = createGrouping('slack', new Map());
  const admitted = (n: number, at: number): boolean => grouping.admit(anAlert(n), [limit], at);
  expect([admitted(1, 0), admitted(2, 1), admitted(3, 2)]).toEqual([true, true, false]);
  expect(grouping.due(minute, 100).map(({ output }) => output)).toEqual([
    '1 more of "Path scan" in 1 min: /wp-login.php (1)',
  ]);
  expect([admitted(4, minute + 1), admitted(5, minute + 2), admitted(6, minute + 3)]).toEqual([true, true, false]);
});

test('windows survive a restart through the notes, counts and all', () => {
  const before = createGrouping('slack', new Map());
  before.admit(anAlert(1), [group], 0);
  before.admit(anAlert(2, { priority: 'Critical', rule: 'Other' }), [group], 1);
  const notes = new Map(
    [...before.changes()].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
  const after = createGrouping('slack', notes);
  expect(after.admit(anAlert(3), [group], 2)).toBe(false);
  const [summary] = after.due(5 * minute, 100);
  expect(summary?.output).toContain('2 more from 81.2.69.142 in 5 min');
  expect(summary?.priority).toBe('Critical');
  expect(summary?.fields['summary.rules']).toEqual(['Other', 'Path scan']);
  after.due(10 * minute, 100);
  expect([...after.changes()]).toEqual([[`window ${group.key}`, undefined]]);
});

test('an attacker who makes endless groups and paths fills neither memory nor the summary', () => {
  const grouping = createGrouping('slack', new Map());
  let sent = 0;
  for (let n = 0; n < 10_500; n++) {
    const key = JSON.stringify(['root', `10.0.${n}`]);
    if (grouping.admit(anAlert(n), [{ ...group, key, shared: { 'awselb.client_ip': `10.0.${n}` } }], 0)) sent += 1;
  }
  expect(sent).toBe(10_001);
  for (let n = 0; n < 500; n++)
    grouping.admit(
      anAlert(n, { fields: { 'awselb.request_path': `/__proto__/${n}${'x'.repeat(5000)}` } }),
      [{ ...group, key: '["root","10.0.1"]' }],
      1,
    );
  const note = grouping.changes().get('window ["root","10.0.1"]');
  expect(note?.length).toBeLessThan(30_000);
});
