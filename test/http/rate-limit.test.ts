import { expect, it } from 'vitest';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import { handClock } from '../support/hand-clock.ts';
import { benchNowMs, httpBench } from '../support/http-service.ts';

const alert = '{"rule":"R","priority":"Error"}';

it('lets a burst through, then so many a second, each address for itself', async () => {
  const clock = handClock();
  const { refusal } = createRateLimit({ perSecond: 2, burst: 3 }, clock);
  const allowed = (address: string, times: number): number => {
    let count = 0;
    for (let n = 0; n < times; n++) if (refusal(address) === undefined) count += 1;
    return count;
  };
  expect(allowed('a', 10)).toBe(3);
  expect(allowed('b', 10)).toBe(3);
  await clock.advance(499);
  expect(allowed('a', 1)).toBe(0);
  await clock.advance(1);
  expect(allowed('a', 2)).toBe(1);
  await clock.advance(3_600_000);
  expect(allowed('a', 10)).toBe(3);
});

it('says how long to wait, and which refusal is the first', async () => {
  const clock = handClock();
  const { refusal } = createRateLimit({ perSecond: 0.1, burst: 1 }, clock);
  expect(refusal('a')).toBeUndefined();
  expect(refusal('a')).toEqual({ waitSeconds: 10, isFirst: true });
  await clock.advance(4_000);
  expect(refusal('a')).toEqual({ waitSeconds: 6, isFirst: false });
  await clock.advance(6_000);
  expect(refusal('a')).toBeUndefined();
  expect(refusal('a')).toMatchObject({ isFirst: true });
});

it('remembers 10,000 addresses, those that were there last', () => {
  const { refusal } = createRateLimit({ perSecond: 1, burst: 1 }, handClock());
  expect(refusal('first')).toBeUndefined();
  for (let n = 0; n < 9_999; n++) refusal(`other ${n}`);
  expect(refusal('first')).toBeDefined();
  for (let n = 0; n < 10_000; n++) refusal(`another ${n}`);
  expect(refusal('first')).toBeUndefined();
});

it('answers alerts past the limit with 429 and Retry-After, and nothing else', async () => {
  const { app, logged, stored } = httpBench({
    rateLimit: createRateLimit({ perSecond: 1, burst: 2 }, { now: () => benchNowMs }),
  });
  const ask = (path: string, method = 'POST'): Promise<Response> =>
    Promise.resolve(app.request(path, method === 'POST' ? { method, body: alert } : { method }));
  const answers = [await ask('/'), await ask('/'), await ask('/'), await ask('/')];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
  expect(answers[2]?.headers.get('retry-after')).toBe('1');
  expect((await ask('/test', 'GET')).status).toBe(429);
  expect(stored).toHaveLength(1);
  expect((await ask('/healthz', 'GET')).status).toBe(200);
  expect(logged.filter((line) => line.includes('rate_limit'))).toHaveLength(1);
  expect(await (await ask('/metrics', 'GET')).text()).toContain('elb_sidekick_requests_limited_total 3');
});
