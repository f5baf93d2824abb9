import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { alertId } from '../../src/alert/alert.ts';
import { Secret } from '../../src/base/secret.ts';
import { defaultBodyLimits } from '../../src/http/service.ts';
import { httpBench } from '../support/http-service.ts';
import { orSkipped } from '../support/corpus.ts';
import { falcoRequests, sharedExists } from '../support/shared.ts';

const falco =
  '{"hostname":"vm","output":"12:00:00.000000001: Error x","output_fields":{"evt.time":1795216177029160001},"priority":"Error","rule":"R","source":"syscall","tags":["t"],"time":"2026-11-20T23:09:37.029160001Z"}';
const another = falco.replace('"R"', '"Another"');

const post = (
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json', ...headers },
  ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
});

const chunked = (text: string): ReadableStream => new Blob([text]).stream();

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

const from = (remoteAddress: string): object => ({ incoming: { socket: { remoteAddress } } });

const sized = (body: string): RequestInit => post(body, { 'content-length': String(body.length) });
const padded = (body: string): string => body + ' '.repeat(100_000 - body.length);

/** A request of one alert about a client from there. */
function aboutClientFrom(country: unknown, rule: string): string {
  const fields = { 'awselb.client_country': country, 'awselb.elb_status_code': 404 };
  return JSON.stringify({ rule, priority: 'Error', output_fields: fields });
}

describe('POST /', () => {
  it('stores one alert and answers as falcosidekick', async () => {
    const { app, stored, asked } = httpBench();
    const answer = await app.request('/', post(falco, { 'user-agent': 'falcosecurity/falco' }));
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(stored).toMatchObject([
      { id: alertId(falco), fields: { 'evt.time': 1795216177029160001n }, received: falco },
    ]);
    expect(asked()).toBeUndefined();
  });

  it.each([
    ['{"rule":', 'bad_json', ''],
    ['null', 'bad_text', ''],
    ['', 'bad_text', ''],
    ['{"rule":"R","priority":"Bad"}', 'bad_priority', 'priority'],
  ])('answers %j with 400 and the reason', async (body, code, path) => {
    const { app, stored } = httpBench();
    const answer = await app.request('/', post(body));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringMatching(/./), code, path });
    expect(stored).toEqual([]);
  });

  it('tells of each refused record of a batch, and syncs the others to disk', async () => {
    const { app, stored, asked } = httpBench();
    await app.request('/', post(falco));
    const answer = await app.request('/', post(`[${falco},${another},{"rule":"R"},{"log":"hello"}]`));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      accepted: 1,
      repeated: 1,
      skipped: 1,
      refused: 1,
      reasons: [{ record: 2, code: 'bad_priority', path: 'priority', reason: expect.stringContaining('Emergency') }],
    });
    expect(stored.map(({ rule }) => rule)).toEqual(['R', 'Another']);
    expect(asked()).toBe('synced');
  });

  it('takes a large batch a part at a time, and answers as for a small one', async () => {
    const { app, stored, asked } = httpBench();
    const alerts = Array.from({ length: 450 }, (_, n) => falco.replace('"R"', `"R ${n}"`));
    const answer = await app.request('/', post([...alerts, '{"rule":"R"}', another, alerts[0]].join('\n')));
    expect(await answer.json()).toMatchObject({
      accepted: 451,
      repeated: 1,
      refused: 1,
      reasons: [{ record: 450, code: 'bad_priority' }],
    });
    expect(stored).toHaveLength(451);
    expect(asked()).toBe('synced');
    const metrics = await (await app.request('/metrics')).text();
    expect(metrics).toContain('elb_sidekick_alerts_accepted_total{source="syscall",priority="Error"} 452');
  });

  it('says 503 for a large batch of which any part could not be stored', async () => {
    const { app, breakStore } = httpBench();
    breakStore();
    const answer = await app.request('/', post(Array.from({ length: 450 }, () => falco).join('\n')));
    expect(answer.status).toBe(503);
  });

  it('is 400 for a batch of which nothing is an alert, 200 for one that is only skipped', async () => {
    const { app } = httpBench();
    expect((await app.request('/', post('[{"rule":"R"},{}]'))).status).toBe(400);
    expect((await app.request('/', post('[{"log":"Falco version: 0.44.1"}]'))).status).toBe(200);
    expect((await app.request('/', post('[]'))).status).toBe(200);
  });

  it('reads gzip', async () => {
    const { app, stored } = httpBench();
    const answer = await app.request('/', post(gzipSync(`${falco}\n${another}`), { 'content-encoding': 'gzip' }));
    expect(answer.status).toBe(200);
    expect(stored).toHaveLength(2);
  });

  it('says 503 when the alerts could not be stored', async () => {
    const { app, breakStore, logged } = httpBench();
    breakStore();
    const answer = await app.request('/', post(falco));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(logged.join('')).toContain('disk full');
  });

  it('is not for other sites’ pages in a browser', async () => {
    const { app, stored } = httpBench();
    for (const site of ['cross-site', 'same-site']) {
      expect((await app.request('/', post(falco, { 'sec-fetch-site': site }))).status).toBe(403);
      // An image of such a page.
      expect((await app.request('/test', { headers: { 'sec-fetch-site': site } })).status).toBe(403);
      expect((await app.request('/ping', { headers: { 'sec-fetch-site': site } })).status).toBe(200);
    }
    expect(stored).toEqual([]);
    expect((await app.request('/', post(falco, { 'sec-fetch-site': 'none' }))).status).toBe(200);
  });

  it('tells in the log when alerts are posted to a wrong path', async () => {
    const { app, logged } = httpBench();
    expect((await app.request('/wrong', post(falco))).status).toBe(404);
    expect(logged.join('')).toContain('/wrong');
  });

  it('tells there, too, when they are posted to a path that only answers', async () => {
    const { app, logged } = httpBench();
    const answer = await app.request('/healthz', post(falco));
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await answer.json()).toEqual({ error: 'This path answers GET, HEAD, not POST; alerts go to POST /.' });
    expect(logged.join('')).toContain('/healthz');
  });

  const captures = sharedExists('corpus/falco-http') ? ['json.txt', 'variants.txt', 'metrics.txt'] : [];
  it.each(captures)('takes every request of a real Falco in %s', async (file) => {
    const { app, stored } = httpBench();
    const requests = falcoRequests(file);
    for (const { body, headers, path, method } of requests) {
      expect((await app.request(path, { method, headers, body })).status).toBe(200);
    }
    expect(new Set(stored.map(({ received }) => received))).toEqual(new Set(requests.map(({ body }) => body)));
  });
});

describe('a method that a path has no route for', () => {
  it.each([
    ['PUT', '/', 'POST'],
    ['GET', '/', 'POST'],
    ['DELETE', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/metrics', 'GET, HEAD'],
    ['DELETE', '/test', 'GET, HEAD, POST, PUT'],
  ])('%s %s is answered with 405 and what is allowed: %s', async (method, path, allow) => {
    const { app } = httpBench();
    const answer = await app.request(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(await answer.json()).toEqual({ error: `This path answers ${allow}, not ${method}.` });
  });

  it.each([
    ['PUT', '/wrong'],
    ['GET', '/api/alerts'],
    ['HEAD', '/healthz/more'],
  ])('%s %s stays 404, there being nothing', async (method, path) => {
    const answer = await httpBench().app.request(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([404, null]);
  });

  it('is told only to who may use the service', async () => {
    const { app } = httpBench({ rules: { tokens: [new Secret('right')] } });
    expect((await app.request('/', { method: 'PUT' })).status).toBe(401);
  });
});

describe('the size of a body', () => {
  const limits = { ...defaultBodyLimits, maxBodyBytes: falco.length };
  it.each([
    ['with a length', falco, 200],
    ['with a length', `${falco} `, 413],
    ['in chunks', chunked(falco), 200],
    ['in chunks', chunked(`${falco} `), 413],
    ['in gzip', gzipSync(falco), 200],
    ['in gzip', gzipSync(`${falco} `), 413],
    ['in gzip', gzipSync(' '.repeat(50_000_000)), 413],
    ['in broken gzip', gzipSync(falco).subarray(0, 60), 400],
  ])('is bounded %s', async (what, body, status) => {
    const { app } = httpBench({ limits });
    const sized = typeof body === 'string' ? { 'content-length': String(body.length) } : {};
    const headers = what.endsWith('gzip') ? { 'content-encoding': 'gzip' } : sized;
    expect((await app.request('/', post(body, headers))).status).toBe(status);
  });

  it('is not read while others of its size are being stored', async () => {
    const held = Promise.withResolvers<void>();
    const received: string[] = [];
    const { app } = httpBench({
      limits: { ...defaultBodyLimits, maxBytesAtOnce: 150_000 },
      intake: {
        async receive(alerts) {
          received.push(...alerts.map(({ rule }) => rule));
          await held.promise;
          return alerts.map(() => 'added');
        },
      },
    });
    const answers = [sized(padded(falco)), sized(padded(another)), sized(falco.replace('"R"', '"Small"'))].map(
      async (each) => app.request('/', each),
    );
    await expect.poll(() => received).toEqual(['Small', 'R']);
    held.resolve();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(received).toEqual(['Small', 'R', 'Another']);
  });

  it('is not read in an encoding that is not known', async () => {
    expect((await httpBench().app.request('/', post(falco, { 'content-encoding': 'br' }))).status).toBe(415);
  });
});

describe('the token', () => {
  const rules = { tokens: [new Secret('s3cret'), new Secret('other')] };
  it.each([
    [undefined, 401],
    ['Bearer s3cret', 200],
    ['bearer other', 200],
    ['Bearer s3cre', 401],
    ['Bearer ', 401],
    ['s3cret', 401],
    [basic('falco:s3cret'), 200],
    [basic(':s3cret'), 200],
    [basic('s3cret:'), 401],
    [basic('s3cret'), 401],
    ['Basic !', 401],
    ['Digest s3cret', 401],
  ])('in %j is answered with %i', async (authorization, status) => {
    const { app, stored, logged } = httpBench({ rules });
    const answer = await app.request('/', post(falco, authorization === undefined ? {} : { authorization }));
    expect(answer.status).toBe(status);
    expect(stored).toHaveLength(status === 200 ? 1 : 0);
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect(logged.join('') + (await answer.text())).not.toContain('s3cret');
  });

  it('is asked everywhere but where probes look', async () => {
    const { app } = httpBench({
      rules,
      probes: [{ name: 'geoip', essential: false, problems: () => ['/etc/x is missing'] }],
    });
    const statuses = ['/ping', '/healthz', '/readyz', '/metrics', '/test', '/', '/nowhere'].map(async (path) => [
      path,
      (await app.request(path)).status,
    ]);
    expect(Object.fromEntries(await Promise.all(statuses))).toEqual({
      '/ping': 200,
      '/healthz': 200,
      '/readyz': 200,
      '/metrics': 401,
      '/test': 401,
      '/': 401,
      '/nowhere': 401,
    });
  });

  it.runIf(sharedExists('corpus/falco-http'))(`is read as a real Falco sends it from its URL${orSkipped}`, async () => {
    const [request] = falcoRequests('basic-auth.txt');
    const { app } = httpBench({ rules });
    const answer = await app.request('/', {
      method: 'POST',
      headers: request?.headers ?? {},
      body: request?.body ?? '',
    });
    expect(request?.headers.authorization).toBe(basic('falco:s3cret'));
    expect(answer.status).toBe(200);
  });
});

describe('the allowed networks', () => {
  it.each([
    ['10.1.2.3', 200],
    ['::ffff:10.1.2.3', 200],
    ['11.1.2.3', 403],
    ['2001:db8::7', 200],
    ['2001:db9::7', 403],
    ['', 403],
  ])('answer %s with %i', async (address, status) => {
    const { app } = httpBench({ rules: { networks: ['10.0.0.0/8', '2001:db8::/32'] } });
    expect((await app.request('/', post(falco, { 'x-forwarded-for': '10.0.0.1' }), from(address))).status).toBe(status);
    expect((await app.request('/healthz', {}, from(address))).status).toBe(status);
  });
});

describe('the other routes', () => {
  it('answer probes as falcosidekick does', async () => {
    const { app } = httpBench();
    expect(await (await app.request('/ping')).text()).toBe('pong');
    expect(await (await app.request('/healthz')).json()).toEqual({ status: 'ok' });
  });

  it('say of each part whether it is ready', async () => {
    const problems: string[] = [];
    const { app } = httpBench({
      probes: [
        { name: 'store', essential: true, problems: () => problems },
        { name: 'geoip', essential: false, problems: () => ['city.mmdb is missing'] },
      ],
    });
    const ready = await app.request('/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'ready',
        components: [
          { component: 'store', ready: true, problems: [] },
          { component: 'geoip', ready: false, problems: ['city.mmdb is missing'] },
        ],
      },
    ]);
    problems.push('the disk is full');
    expect((await app.request('/readyz')).status).toBe(503);
  });

  it('keep problems from those without a token', async () => {
    const { app } = httpBench({
      rules: { tokens: [new Secret('t')] },
      probes: [{ name: 'store', essential: true, problems: () => ['/var/x is full'] }],
    });
    const answer = await app.request('/readyz');
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'not ready' }]);
  });

  it.each(['GET', 'POST'])('send a test alert on %s /test', async (method) => {
    const { app, stored } = httpBench();
    const answer = await app.request('/test', { method });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(stored).toMatchObject([
      { rule: 'Test rule', priority: 'Debug', source: 'internal', time: '2026-11-21T12:00:00.000000000Z' },
    ]);
  });

  it('count alerts by fields that were chosen as labels, within a bound that rules do not share', async () => {
    const extraLabels = { fields: ['awselb.client_country', 'awselb.elb_status_code', 'no.field'], maxSeries: 2 };
    const { app } = httpBench({ extraLabels });
    const long = 'x'.repeat(200);
    for (const one of [
      aboutClientFrom('DE', 'A'),
      aboutClientFrom(long, 'A'),
      aboutClientFrom('FR', 'A'),
      aboutClientFrom('GB', 'B'),
      aboutClientFrom('DE', 'A'),
      aboutClientFrom(['US'], 'B'),
    ])
      await app.request('/', post(one));
    const text = await (await app.request('/metrics')).text();
    const series = text.match(/(?<=falco_events_total\{).*/g) ?? [];
    expect(series.map((each) => each.replace(/hostname.*?rule|priority=.*pod_name="",/g, ''))).toEqual([
      '="A",awselb_client_country="DE",awselb_elb_status_code="404",no_field=""} 2',
      `="A",awselb_client_country="${'x'.repeat(128)}…",awselb_elb_status_code="404",no_field=""} 1`,
      '="A",awselb_client_country="(other)",awselb_elb_status_code="(other)",no_field="(other)"} 1',
      '="B",awselb_client_country="(other)",awselb_elb_status_code="(other)",no_field="(other)"} 2',
    ]);
  });

  it('count alerts under our names and falcosidekick’s', async () => {
    const { app } = httpBench();
    await app.request('/', post(`${falco}\n{"rule":"R"}`));
    const text = await (await app.request('/metrics')).text();
    for (const line of [
      'elb_sidekick_alerts_accepted_total{source="syscall",priority="Error"} 1',
      'elb_sidekick_alerts_refused_total{reason="bad_priority"} 1',
      'elb_sidekick_alerts_refused_total{reason="not_stored"} 0',
      'elb_sidekick_intake_seconds_count 1',
      'falcosecurity_falcosidekick_inputs_total{source="requests",status="accepted"} 1',
      'falcosecurity_falcosidekick_inputs_total{source="requests",status="rejected"} 1',
      'falcosecurity_falcosidekick_falco_events_total{hostname="vm",rule="R",priority="5",priority_raw="error",source="syscall",k8s_ns_name="",k8s_pod_name=""} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });
});
