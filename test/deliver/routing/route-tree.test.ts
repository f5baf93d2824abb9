import { expect, test } from 'vitest';
import type { Alert } from '../../../src/alert/alert.ts';
import { createRouter, type RouteConfig, routeConfig, RoutesError } from '../../../src/deliver/routing/route-tree.ts';
import { anAlert } from '../../support/alerts.ts';

const outputs = new Set(['archive', 'slack', 'pager', 'lake']);
const now = Date.parse('2026-11-20T12:00:00Z'); // a Friday

function routesOf(config: RouteConfig, alert: Alert, at = now): string[] {
  return createRouter(config, outputs)
    .match(alert, at)
    .map(({ route, outputs }) => `${route} → ${outputs.join('+')}`);
}

const tree: RouteConfig = {
  outputs: ['archive'],
  routes: [
    { name: 'lake', outputs: ['lake'], continue: true },
    {
      minimum_priority: 'error',
      outputs: ['slack'],
      routes: [
        { rules: ['Brute*'], outputs: ['pager', 'slack'] },
        { name: 'quiet', sources: ['internal'], outputs: [] },
      ],
    },
    { tags: ['pci', 'web'], match: ['awselb.elb_status_code >= 500'], outputs: ['pager'] },
  ],
};

test('the first route that takes an alert answers, deepest first, and `continue` asks the next ones too', () => {
  expect(routesOf(tree, anAlert(1))).toEqual(['root/lake → lake']);
  expect(routesOf(tree, anAlert(1, { priority: 'Critical' }))).toEqual(['root/lake → lake', 'root/2 → slack']);
  expect(routesOf(tree, anAlert(1, { priority: 'Error', rule: 'Brute force' }))).toEqual([
    'root/lake → lake',
    'root/2/1 → pager+slack',
  ]);
  expect(routesOf(tree, anAlert(1, { priority: 'Error', source: 'internal' }))).toEqual([
    'root/lake → lake',
    'root/2/quiet → ',
  ]);
  expect(routesOf(tree, anAlert(1, { fields: { 'awselb.elb_status_code': 500 } }))).toEqual([
    'root/lake → lake',
    'root/3 → pager',
  ]);
});

test('what no route takes goes to the root, the default', () => {
  expect(routesOf({ outputs: ['archive'], routes: [{ tags: ['none'], outputs: ['slack'] }] }, anAlert(1))).toEqual([
    'root → archive',
  ]);
});

test('a root with matchers answers nothing for what it does not let in', () => {
  expect(routesOf({ minimum_priority: 'critical', outputs: ['slack'] }, anAlert(1))).toEqual([]);
});

test('explain gives the same answer, and says which matcher said no', () => {
  const decision = createRouter(tree, outputs).explain(anAlert(1, { fields: { 'awselb.elb_status_code': 404 } }), now);
  expect(decision).toMatchObject({
    route: 'root',
    matched: true,
    children: [
      { route: 'root/lake', matched: true, answer: { outputs: ['lake'] } },
      {
        route: 'root/2',
        matched: false,
        matchers: [{ matcher: 'minimum_priority Error', found: 'Warning', holds: false }],
      },
      {
        route: 'root/3',
        matched: false,
        matchers: [
          { matcher: 'tags pci, web', found: '["scan","web"]', holds: true },
          { matcher: 'awselb.elb_status_code >= 500', found: '404', holds: false },
        ],
      },
    ],
  });
  expect(decision.answer).toBeUndefined();
});

function muted(mute: NonNullable<RouteConfig['mute']>[number], at: string): string | undefined {
  return createRouter({ outputs: ['slack'], mute: [mute] }, outputs).match(anAlert(1), Date.parse(at))[0]?.muted;
}

test('a mute holds at its times, in its zone and past midnight, and says why', () => {
  const night = { from: '22:00', to: '06:00', days: ['fri' as const], reason: 'nobody is there' };
  expect(muted(night, '2026-11-20T21:59:00Z')).toBeUndefined();
  expect(muted(night, '2026-11-20T22:00:00Z')).toBe('nobody is there');
  expect(muted(night, '2026-11-21T05:59:00Z')).toBe('nobody is there');
  expect(muted(night, '2026-11-21T06:00:00Z')).toBeUndefined();
  expect(muted(night, '2026-11-21T22:30:00Z')).toBeUndefined();
  expect(muted({ ...night, timezone: 'America/New_York' }, '2026-11-21T03:00:00Z')).toBe('nobody is there');
  expect(muted({ until: '2026-11-20T12:00:00Z' }, '2026-11-20T11:59:59Z')).toContain('until 2026-11-20T12:00:00Z');
  expect(muted({ until: '2026-11-20T12:00:00Z' }, '2026-11-20T12:00:00Z')).toBeUndefined();
  expect(muted({ match: ['rule glob "Path*"'] }, '2026-11-20T12:00:00Z')).toBe(
    'muted: 00:00–24:00 UTC'.slice(0, 7) + 'rule glob "Path*"',
  );
  expect(muted({ match: ['rule = other'] }, '2026-11-20T12:00:00Z')).toBeUndefined();
});

test('grouping and rate limits are handed down, the key is that of the answering route', () => {
  const config: RouteConfig = {
    outputs: ['slack'],
    group_by: ['rule', 'awselb.client_ip', 'absent'],
    group_interval: '10m',
    rate_limit: '60/1m',
    routes: [
      { name: 'a', group_wait: '30s', rate_limit: '5/1h' },
      { name: 'b', group_by: [] },
    ],
  };
  const [match] = createRouter(config, outputs).match(anAlert(1), now);
  expect(match?.outputs).toEqual(['slack']);
  expect(match?.throttles).toMatchObject([
    {
      key: '["root/a","Path scan","81.2.69.142",null]',
      shared: { rule: 'Path scan', 'awselb.client_ip': '81.2.69.142' },
      burst: 1,
      waitMs: 30_000,
      intervalMs: 600_000,
    },
    { key: '["root/a","rate_limit"]', burst: 5, intervalMs: 3_600_000, renews: true },
    { key: '["root","rate_limit"]', burst: 60, intervalMs: 60_000, renews: true },
  ]);
});

test('every mistake in the tree is told with its place', () => {
  const wrong: RouteConfig = {
    outputs: ['slak'],
    routes: [
      { name: 'x', match: ['priority >= high', 'rule'] },
      { name: 'x', mute: [{ timezone: 'Mars/Olympus', from: '10:00', to: '11:00' }] },
    ],
  };
  const problems = ((): readonly string[] => {
    try {
      createRouter(wrong, outputs);
    } catch (error) {
      if (error instanceof RoutesError) return error.problems;
    }
    return [];
  })();
  expect(problems).toEqual([
    'root: there is no output named "slak"; the outputs are archive, slack, pager, lake',
    expect.stringContaining('root/x: "priority >= high": "high" is not a priority'),
    expect.stringContaining('root/x: "rule" is not a matcher'),
    'root/x: two routes side by side have this name',
    'root/x: "Mars/Olympus" is not a time zone; write an IANA name such as Europe/London',
  ]);
});

test('the schema refuses unknown keys and units', () => {
  expect(routeConfig.safeParse({ outputs: ['a'], routes: [{ matches: [] }] }).success).toBe(false);
  expect(routeConfig.safeParse({ group_interval: '5 minutes' }).success).toBe(false);
  expect(routeConfig.safeParse({ rate_limit: '5' }).success).toBe(false);
  expect(routeConfig.safeParse({ minimum_priority: 'loud' }).success).toBe(false);
  expect(
    routeConfig.safeParse({ outputs: ['a'], routes: [{ minimum_priority: 'INFO', rate_limit: '5/1m' }] }).success,
  ).toBe(true);
});
