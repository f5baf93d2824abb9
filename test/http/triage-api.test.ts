import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { conflict, operations, problem } from '../../src/http/api/operations.ts';
import { openApiDocument } from '../../src/http/api/openapi.ts';
import {
  alertDetail,
  alertPage,
  bulkResult,
  groupPage,
  neighbours,
  stats,
  triageState,
} from '../../src/triage/answers.ts';
import { Unavailable } from '../../src/triage/triage.ts';
import { anAlert, someAlerts } from '../support/alerts.ts';
import { triageService } from '../support/triage-service.ts';

const hostile = anAlert('hostile', {
  rule: '=HYPERLINK("http://evil.example")',
  output: `<img src=x onerror=alert(1)> \u202egnp.exe ${'A'.repeat(1_000_000)}`,
  fields: {
    'awselb.client_ip': '203.0.113.9',
    'awselb.request_path': '/javascript:alert(1)',
    'awselb.user_agent': `${'U'.repeat(1_000_000)}\n+cmd|' /C calc'!A0`,
    'awselb.elb_status_code': 200,
    'awselb.object': "s3://bucket/it's.gz",
    'awselb.line': 7,
    'evt.time': 1795216177029160001n,
  },
});

const at = (minute: number): string => `2026-11-21T03:${String(minute).padStart(2, '0')}:00.000000000Z`;

describe('the API of triage', () => {
  it('answers every read in the shape that the document promises', async () => {
    const { bench, get } = triageService();
    await bench.append([...someAlerts(3), hostile]);
    const id = anAlert(2).id;
    const asked: [string, z.ZodType][] = [
      ['/api/alerts', alertPage],
      ['/api/alerts?limit=2&rule=Path+scan&rule=Other&priority=warning&since=1000d&q=wp-login', alertPage],
      ['/api/groups?limit=1', groupPage],
      ['/api/stats?until=2100-01-01T00:00:00Z', stats],
      [`/api/alerts/${id}`, alertDetail],
      [`/api/alerts/${hostile.id}`, alertDetail],
      [`/api/alerts/${id}/neighbours`, neighbours],
    ];
    for (const [path, shape] of asked) {
      const { status, body } = await get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(shape.parse(body)).toEqual(body);
    }
    const { body } = await get(`/api/alerts/${id}/neighbours`);
    expect(neighbours.parse(body).sameClient.map((row) => row.id)).toEqual([anAlert(3).id, anAlert(1).id]);
    await bench.close();
  });

  it('tells how many neighbours there are, also where it shows the latest 50 only', async () => {
    const { bench, get } = triageService();
    // The last to arrive are not the last to happen; minutes 0 to 14 are too early to be around minute 30.
    const alerts = Array.from({ length: 60 }, (_, n) => anAlert(n, { time: at((n * 7) % 60) }));
    await bench.append([...alerts, ...someAlerts(30, 100).map((one) => ({ ...one, time: at(44) }))]);
    const asked = alerts.find(({ time }) => time === at(30))?.id ?? '';
    const near = neighbours.parse((await get(`/api/alerts/${asked}/neighbours`)).body);
    expect(near.since).toBe(Date.parse(at(15)));
    expect(near.sameClientTotal).toBe(30 + 30);
    expect(near.samePathTotal).toBe(near.sameClientTotal);
    expect(near.sameClient).toHaveLength(50);
    const times = near.sameClient.map(({ time }) => time);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(times[0]).toBe(at(45));
    expect(near.sameClient.map(({ id }) => id)).not.toContain(asked);
    await bench.close();
  });

  it('tells all of an alert: a sentence, its origin, its way, snippets', async () => {
    const { bench, get } = triageService(
      {},
      {
        rule: () => ({ desc: 'Looks for paths', condition: 'evt.type=x', tags: [], file: 'rules.yaml', line: 4 }),
        routes: () => ['slack', 's3', 'stdout'].map((output) => ({ output, route: 'root' })),
        progress: (output) => (output === 's3' ? 99 : 0),
      },
    );
    await bench.append([hostile]);
    bench.triage.noteDeliveries([{ positions: [1], output: 'slack', state: 'dead', at: 5, tries: 3, reason: 'gone' }]);
    const { body } = await get(`/api/alerts/${hostile.id}`);
    const detail = alertDetail.parse(body);
    expect(detail.sentence).toContain(' asked the balancer for /javascript:alert(1), and got 200.');
    expect(detail.origin).toEqual({ object: "s3://bucket/it's.gz", line: 7 });
    expect(detail.rule?.line).toBe(4);
    expect(detail.delivery).toEqual([
      { output: 'slack', route: 'root', state: 'dead', at: 5, tries: 3, reason: 'gone' },
      { output: 's3', route: 'root', state: 'handled' },
      { output: 'stdout', route: 'root', state: 'pending' },
    ]);
    expect(detail.snippets.json).toContain('"evt.time":1795216177029160001');
    expect(detail.snippets.scan).toContain(`aws s3 cp 's3://bucket/it'\\''s.gz' - |`);
    expect(detail.row.userAgent?.length).toBe(256);
    expect(detail.row.output.length).toBe(2048);
    await bench.close();
  });

  it.each([
    ['/api/alerts?prioritty=error', 'prioritty'],
    ['/api/alerts?priority=grave', 'priority.0'],
    ['/api/alerts?ip=300.1.1.1', 'ip.0'],
    ['/api/alerts?since=yesterday', 'since'],
    ['/api/alerts?limit=501', 'limit'],
    ['/api/alerts?cursor=x', 'cursor'],
    ['/api/alerts?order=time&cursor=17', 'cursor'],
    ['/api/alerts?cursor=17.4', 'cursor'],
    ['/api/groups?order=time&cursor=17.4', 'cursor'],
    ['/api/alerts?order=size', 'order'],
    ['/api/stats?asn=DROP', 'asn.0'],
    ['/api/stats?city=Amsterdam', 'city.0'],
    ['/api/stats?status=closed', 'status.0'],
    ['/api/stats?rule=', 'rule.0'],
    [`/api/stats?${'rule=r&'.repeat(51)}`, 'rule'],
    [`/api/stats?q=${'x'.repeat(1025)}`, 'q.0'],
    ['/api/export?format=xls', 'format'],
  ])('says what is wrong with %s', async (path, where) => {
    const { bench, get } = triageService();
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect(problem.parse(body)).toMatchObject({
      error: expect.stringMatching(/^(write|give|pass|There is)/) as string,
      path: where,
    });
    await bench.close();
  });

  it('lets one of two editors win and loses neither’s text', async () => {
    const { bench, send } = triageService();
    await bench.append([anAlert(1)]);
    const path = `/api/alerts/${anAlert(1).id}`;
    const [one, two] = await Promise.all([
      send('PATCH', path, { version: 0, status: 'investigating', assignee: 'ann' }),
      send('PATCH', path, { version: 0, note: 'saw it' }),
    ]);
    expect([one.status, two.status]).toEqual([200, 409]);
    expect(triageState.parse(one.body)).toMatchObject({ version: 1, assignee: 'ann' });
    expect(conflict.parse(two.body).current).toEqual(one.body);
    expect((await send('PATCH', path, { version: 1, note: 'saw it' })).status).toBe(200);
    expect((await send('PATCH', path, { version: 2 })).status).toBe(400);
    expect((await send('PATCH', `/api/alerts/${'0'.repeat(32)}`, { version: 0, note: 'x' })).status).toBe(404);
    const bulk = await send('POST', '/api/triage', {
      filter: { rule: 'Path scan', ip: ['81.2.0.0/16'] },
      status: 'false_positive',
      before: 1,
    });
    expect(bulkResult.parse(bulk.body)).toEqual({ changed: 1, remaining: 0 });
    expect((await send('POST', '/api/triage', { filter: { rul: 'x' }, status: 'new' })).body).toMatchObject({
      path: 'filter.rul',
    });
    await bench.close();
  });

  it.each([
    ['DELETE', `/api/alerts/${'0'.repeat(32)}`, 'GET, HEAD, PATCH'],
    ['POST', '/api/alerts', 'GET, HEAD'],
    ['GET', '/api/triage', 'POST'],
    ['PUT', '/', 'GET, HEAD, POST'],
    ['GET', '/login', 'POST'],
  ])('answers %s %s with 405 and what is allowed: %s', async (method, path, allow) => {
    const { app, bench } = triageService();
    const answer = await app.request(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(problem.parse(await answer.json()).error).toContain(`answers ${allow}, not ${method}`);
    expect((await app.request('/api/nothing', { method })).status).toBe(404);
    await bench.close();
  });

  it('describes every route that there is, and no other', () => {
    const { app, bench } = triageService();
    const routes = new Set(
      app.routes
        .filter(
          ({ path, method }) =>
            method !== 'ALL' && (path.startsWith('/api/') || path === '/login' || path === '/logout'),
        )
        .map(({ method, path }) => `${method.toLowerCase()} ${path}`),
    );
    expect(new Set(operations.map(({ method, path }) => `${method} ${path}`))).toEqual(routes);
    expect(JSON.stringify(openApiDocument('1'))).toContain('"/api/alerts/{id}/neighbours"');
    void bench.close();
  });
});

describe('GET /api/export', () => {
  it('writes CSV in which nothing is a formula', async () => {
    const { app, bench } = triageService();
    await bench.append([hostile, ...someAlerts(150)]);
    const answer = await app.request('/api/export?format=csv');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="alerts.csv"');
    const lines = (await answer.text()).split('\r\n');
    expect(lines).toHaveLength(153);
    expect(lines[0]?.startsWith('id,time,rule,')).toBe(true);
    expect(lines.at(-2)).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
    await bench.close();
  });

  it('writes each whole alert as a JSON line, of the filter alone', async () => {
    const { app, bench } = triageService();
    await bench.append([hostile, ...someAlerts(2)]);
    const text = await (await app.request('/api/export?format=jsonl&ip=203.0.113.0/24')).text();
    expect(text).toContain('"evt.time":1795216177029160001');
    const [line = '', ...rest] = text.trimEnd().split('\n');
    expect(rest).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({ id: hostile.id, triage: { status: 'new' } });
    await bench.close();
  });
});

const gone = (): Promise<never> => Promise.reject(new Unavailable('its thread has ended; restart the service'));

it('says 503 and why while triage cannot answer', async () => {
  const { bench, get } = triageService();
  const { get: ask, bench: other } = triageService({}, { triage: { ...bench.triage, alerts: gone } });
  expect(await ask('/api/alerts')).toEqual({
    status: 503,
    body: { error: 'Triage cannot answer: its thread has ended; restart the service.' },
  });
  expect((await get('/api/alerts')).status).toBe(200);
  await bench.close();
  await other.close();
});
