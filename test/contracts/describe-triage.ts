import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alert, alertId } from '../../src/alert/alert.ts';
import { priorities } from '../../src/alert/priority.ts';
import { NetworkTable } from '../../src/base/network-table.ts';
import { alertPage, groupPage, stats as statsShape } from '../../src/triage/answers.ts';
import { type TriageStatus, triageStatuses } from '../../src/triage/status.ts';
import type { AlertFilter } from '../../src/triage/filter.ts';
import { Outdated } from '../../src/triage/triage.ts';
import { anAlert } from '../support/alerts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { TriageBench } from '../support/triage-bench.ts';

const rules = ['Path scan', 'SQL injection', 'Weak TLS'];
const clients = ['81.2.69.142', '81.2.69.7', '10.0.0.1', '2001:db8::1', '2001:db8:1::1'];
const places = [
  { country: 'GB', country_name: 'United Kingdom', city: 'London', latitude: 51.51, longitude: -0.09 },
  { country: 'GB', country_name: 'United Kingdom', city: 'London', latitude: 51.44, longitude: -0.17 },
  { country: 'GB', country_name: 'United Kingdom', city: 'Leeds', latitude: 53.8, longitude: -1.55 },
  { country: 'DE', country_name: 'Germany' },
  {},
];
const paths = ['/wp-login.php', '/', '/admin'];
const balancers = ['shop', 'partner'];
const firstMs = Date.parse('2026-11-20T12:00:00Z');

interface Drawn {
  readonly rule: number;
  readonly client: number;
  readonly place: number;
  readonly path: number;
  readonly balancer: number;
  readonly priority: number;
  readonly asn: number;
  readonly minute: number;
}

function drawnAlert(n: number, draw: Drawn): Alert {
  const rule = rules[draw.rule] ?? '';
  const facts = Object.entries({ ...places[draw.place], asn: 64_500 + draw.asn, as_org: `Net ${draw.asn}` });
  return anAlert(n, {
    id: alertId(`drawn ${n}`, rule),
    rule,
    time: new Date(firstMs + draw.minute * 60_000).toISOString().replace('Z', '000000Z'),
    priority: priorities[draw.priority] ?? 'Debug',
    tags: draw.rule === 0 ? ['scan', 'web'] : ['web'],
    output: `alert number${n} ${rule}`,
    fields: { 'awselb.client_ip': clients[draw.client] ?? null, 'awselb.request_path': paths[draw.path] ?? null },
    enrichment: {
      'elb.lb_name': balancers[draw.balancer] ?? null,
      ...Object.fromEntries(facts.map(([name, value]) => [`geoip.client_ip.${name}`, value])),
    },
  });
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  rule: fc.nat(rules.length - 1),
  client: fc.nat(clients.length - 1),
  place: fc.nat(places.length - 1),
  path: fc.nat(paths.length - 1),
  balancer: fc.nat(balancers.length - 1),
  priority: fc.nat(priorities.length - 1),
  asn: fc.nat(2),
  minute: fc.nat(300),
});

const some = <T>(...values: readonly T[]): fc.Arbitrary<T[] | undefined> =>
  fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 4 });

const filters: fc.Arbitrary<AlertFilter> = fc
  .record({
    since: fc.option(
      fc.nat(300).map((minute) => firstMs + minute * 60_000),
      { nil: undefined, freq: 3 },
    ),
    until: fc.option(
      fc.nat(300).map((minute) => firstMs + minute * 60_000),
      { nil: undefined, freq: 3 },
    ),
    rule: some(...rules, 'No such rule'),
    priority: some(...priorities),
    tag: some('scan', 'web', 'no'),
    balancer: some(...balancers, 'none'),
    country: some('GB', 'DE', 'FR'),
    city: some('GB London', 'GB Leeds', 'DE London'),
    asn: some(64_500, 64_501, 7),
    ip: some('81.2.69.142', '81.2.69.0/24', '0.0.0.0/0', '2001:db8::/48', '::/0', '203.0.113.0/24'),
    path: some(...paths, '/none'),
    status: some(...triageStatuses),
    assignee: some('ann', 'bob'),
    q: some('number1', 'injection', 'WP-login united', 'no-such-word'),
  })
  .map((filter) => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)));

/** One alert of the model: what was stored, and what was decided. */
interface Known {
  readonly alert: Alert;
  status: TriageStatus;
  assignee: string | null;
}

const said = (value: unknown): string => (typeof value === 'string' ? value : '');

const has = (values: readonly unknown[] | undefined, value: unknown): boolean =>
  values === undefined || values.includes(value);

function holds(filter: AlertFilter, { alert, status, assignee }: Known): boolean {
  const facts = alert.enrichment ?? {};
  const time = Date.parse(alert.time);
  const within = (network: string): boolean => {
    const table = new NetworkTable<true>();
    table.add(network, true);
    return table.find(said(alert.fields['awselb.client_ip'])) === true;
  };
  const words = `${alert.output} ${alert.rule} ${said(alert.fields['awselb.request_path'])} ${said(facts['geoip.client_ip.country_name'])} ${said(facts['geoip.client_ip.city'])}`;
  const starts = words.toLowerCase().split(/[^a-z0-9]+/);
  return (
    time >= (filter.since ?? 0) &&
    time < (filter.until ?? Number.POSITIVE_INFINITY) &&
    has(filter.rule, alert.rule) &&
    has(filter.priority, alert.priority) &&
    (filter.tag === undefined || filter.tag.some((tag) => alert.tags.includes(tag))) &&
    has(filter.balancer, facts['elb.lb_name']) &&
    has(filter.country, facts['geoip.client_ip.country']) &&
    has(filter.city, `${said(facts['geoip.client_ip.country'])} ${said(facts['geoip.client_ip.city'])}`) &&
    has(filter.asn, facts['geoip.client_ip.asn']) &&
    (filter.ip === undefined || filter.ip.some(within)) &&
    has(filter.path, alert.fields['awselb.request_path']) &&
    has(filter.status, status) &&
    has(filter.assignee, assignee) &&
    (filter.q === undefined ||
      filter.q.some((text) =>
        text
          .toLowerCase()
          .split(/[ -]/)
          .every((word) => starts.some((start) => start.startsWith(word))),
      ))
  );
}

/** What every triage must do. `open` opens one over the folder's store; opened again it goes on where it was. */
export function describeTriage(name: string, open: (folder: string) => TriageBench, runs: number): void {
  const withTriage = (title: string, run: (bench: TriageBench) => Promise<void>): void => {
    it(title, async () => {
      const bench = open(temporaryFolder());
      try {
        await run(bench);
      } finally {
        await bench.close();
      }
    });
  };

  describe(`triage ${name}`, () => {
    withTriage('answers an empty store with empty lists', async ({ triage }) => {
      expect(await triage.alerts({}, { limit: 10 })).toEqual({ alerts: [] });
      expect(await triage.groups({}, { limit: 10 })).toEqual({ groups: [] });
      expect(statsShape.parse(await triage.stats({ since: 0 }))).toMatchObject({
        total: 0,
        timeline: { buckets: [] },
        places: [],
      });
      expect(await triage.find('0'.repeat(32))).toBeUndefined();
      expect(await triage.decide('0'.repeat(32), 0, { note: 'x' }, 'ann')).toBeUndefined();
    });

    it('answers whatever filter as a plain list would', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(drawn, { minLength: 1, maxLength: 60 }),
          fc.array(
            fc.record({
              filter: filters,
              status: fc.constantFrom(...triageStatuses),
              assignee: fc.constantFrom('ann', 'bob', null),
            }),
            { maxLength: 2 },
          ),
          filters,
          fc.integer({ min: 1, max: 20 }),
          async (draws, edits, filter, limit) => {
            const folder = temporaryFolder();
            const bench = open(folder);
            try {
              const model = draws.map(
                (draw, n): Known => ({ alert: drawnAlert(n, draw), status: 'new', assignee: null }),
              );
              await bench.append(model.map(({ alert }) => alert));
              for (const { filter: of, status, assignee } of edits) {
                await bench.triage.decideAll(of, undefined, { status, assignee }, 'ann');
                for (const known of model.filter((one) => holds(of, one))) Object.assign(known, { status, assignee });
              }
              const expected = model.filter((known) => holds(filter, known)).reverse();

              const listed: string[] = [];
              let isFirst = true;
              for await (const { alerts } of everyPage((from) =>
                bench.triage.alerts(filter, { limit, ...from }).then((page) => alertPage.parse(page)),
              )) {
                expect(alerts.length).toBeLessThanOrEqual(limit);
                listed.push(...alerts.map(({ id }) => id));
                // What comes in meanwhile changes no later page.
                if (isFirst) await bench.append([drawnAlert(1000, draws[0] as Drawn)]);
                isFirst = false;
              }
              expect(listed).toEqual(expected.map(({ alert }) => alert.id));
              model.push({ alert: drawnAlert(1000, draws[0] as Drawn), status: 'new', assignee: null });

              const now = model.filter((known) => holds(filter, known));
              const byTime = now.toReversed().sort((a, b) => Date.parse(b.alert.time) - Date.parse(a.alert.time));
              const happened: string[] = [];
              for await (const { alerts } of everyPage((from) =>
                bench.triage.alerts(filter, { limit, order: 'time', ...from }).then((page) => alertPage.parse(page)),
              )) {
                expect(alerts.length).toBeLessThanOrEqual(limit);
                happened.push(...alerts.map(({ id }) => id));
              }
              expect(happened).toEqual(byTime.map(({ alert }) => alert.id));

              const counted = statsShape.parse(await bench.triage.stats(filter));
              expect(counted.total).toBe(now.length);
              for (const status of triageStatuses)
                expect(counted.byStatus[status]).toBe(now.filter((one) => one.status === status).length);
              const inBuckets = counted.timeline.buckets
                .flatMap(({ counts }) => Object.values(counts))
                .reduce((a, b) => a + b, 0);
              expect(inBuckets).toBe(now.length);
              const byRule = new Map(counted.top.rules.map(({ value, count }) => [value, count]));
              for (const rule of rules)
                expect(byRule.get(rule) ?? 0).toBe(now.filter(({ alert }) => alert.rule === rule).length);

              const groups = new Map<string, number>();
              const newest = new Map<string, string>();
              for (const { alert } of byTime) {
                const key = `${alert.rule} ${said(alert.fields['awselb.client_ip'])} ${said(alert.enrichment?.['elb.lb_name'])}`;
                groups.set(key, (groups.get(key) ?? 0) + 1);
                if (!newest.has(key)) newest.set(key, alert.id);
              }
              const found = new Map<string, number>();
              for await (const page of everyPage((from) =>
                bench.triage.groups(filter, { limit, ...from }).then((page) => groupPage.parse(page)),
              ))
                for (const { rule, clientAddress, balancer, count } of page.groups)
                  found.set(`${rule} ${clientAddress} ${balancer}`, count);
              expect(found).toEqual(groups);
              const latest: string[] = [];
              for await (const page of everyPage((from) =>
                bench.triage.groups(filter, { limit, order: 'time', ...from }).then((page) => groupPage.parse(page)),
              ))
                latest.push(...page.groups.map(({ newestId }) => newestId));
              expect(latest).toEqual([...newest.values()]);
            } finally {
              await bench.close();
            }
          },
        ),
        { numRuns: runs },
      );
    });

    withTriage(
      'lets the first of two people decide and shows the second what the first decided',
      async ({ triage, append }) => {
        const alert = anAlert(1);
        await append([alert]);
        const edits = [
          triage.decide(alert.id, 0, { status: 'investigating', assignee: 'ann' }, 'ann'),
          triage.decide(alert.id, 0, { note: 'mine' }, 'bob'),
        ];
        const [first, second] = await Promise.allSettled(edits);
        expect(first).toMatchObject({
          status: 'fulfilled',
          value: { version: 1, status: 'investigating', assignee: 'ann' },
        });
        expect(second).toMatchObject({ status: 'rejected', reason: expect.any(Outdated) as unknown });
        expect((second as PromiseRejectedResult).reason).toMatchObject({ current: { version: 1, assignee: 'ann' } });
        const third = await triage.decide(alert.id, 1, { note: 'mine' }, 'bob');
        expect(third).toMatchObject({ version: 2, status: 'investigating', assignee: 'ann', note: 'mine' });
        expect(third?.history).toMatchObject([
          { who: 'ann', status: 'investigating', assignee: 'ann' },
          { who: 'bob', note: 'mine' },
        ]);
      },
    );

    withTriage('changes many at once, but not those that came after what was shown', async ({ triage, append }) => {
      await append([anAlert(1), anAlert(2)]);
      const shown = (await triage.alerts({}, { limit: 1 })).alerts[0]?.position;
      await append([anAlert(3)]);
      expect(await triage.decideAll({}, shown, { status: 'false_positive' }, 'ann')).toEqual({
        changed: 2,
        remaining: 0,
      });
      expect(await triage.decideAll({}, shown, { status: 'false_positive' }, 'ann')).toEqual({
        changed: 0,
        remaining: 0,
      });
      const { alerts } = await triage.alerts({}, { limit: 10 });
      expect(alerts.map(({ status }) => status)).toEqual(['new', 'false_positive', 'false_positive']);
    });

    it('keeps decisions over a restart, and forgets them with their alerts', async () => {
      const folder = temporaryFolder();
      let bench = open(folder);
      await bench.append([anAlert(1), anAlert(2)]);
      await bench.triage.decide(anAlert(1).id, 0, { status: 'true_positive', note: 'real' }, 'ann');
      bench.triage.noteDeliveries([{ positions: [1], output: 'slack', state: 'delivered', at: 5, tries: 2 }]);
      await bench.close();
      bench = open(folder);
      try {
        await bench.append([anAlert(3)]);
        expect(await bench.triage.find(anAlert(1).id)).toMatchObject({
          row: { status: 'true_positive' },
          triage: { version: 1, note: 'real', history: [{ who: 'ann' }] },
          delivered: [{ output: 'slack', state: 'delivered', at: 5, tries: 2 }],
        });
        expect((await bench.triage.stats({ status: ['true_positive'], q: ['scan'] })).total).toBe(1);
      } finally {
        await bench.close();
      }
    });

    withTriage('tells of new alerts and of decisions', async ({ triage, append }) => {
      const told: unknown[] = [];
      const stop = triage.watch(({ decided }) => told.push(...decided.map(({ status }) => status)));
      await append([anAlert(1)]);
      const decided = new Promise<void>((resolve) => {
        const done = triage.watch((news) => {
          if (news.decided.length === 0) return;
          done();
          resolve();
        });
      });
      await triage.decide(anAlert(1).id, 0, { status: 'investigating' }, 'ann');
      await decided;
      expect(told).toEqual(['investigating']);
      stop();
    });
  });
}

/** The pages of a list, from the first to the last. */
async function* everyPage<P extends { readonly next?: string | undefined }>(
  ask: (from: { readonly cursor?: string }) => Promise<P>,
): AsyncGenerator<P> {
  let page = await ask({});
  for (; page.next !== undefined; page = await ask({ cursor: page.next })) yield page;
  yield page;
}
