import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { anAlert, someAlerts } from '../support/alerts.ts';
import { settle } from '../support/hand-clock.ts';
import { triageService } from '../support/triage-service.ts';

interface Told {
  readonly event: string;
  readonly id?: string;
  readonly data: {
    readonly id?: string;
    readonly position?: number;
    readonly skipped?: boolean;
    readonly status?: string;
  };
}

/** Reads a stream's events as a browser does. */
function reader(answer: Response) {
  const chunks = answer.body?.getReader();
  const decoder = new TextDecoder();
  return {
    async read(): Promise<Told[] | 'over'> {
      const { done, value } = (await chunks?.read()) ?? { done: true, value: undefined };
      if (done) return 'over';
      return decoder
        .decode(value)
        .split('\n\n')
        .filter((block) => block.includes('event: '))
        .map((block) => {
          const line = (name: string): string | undefined =>
            block
              .split('\n')
              .find((one) => one.startsWith(`${name}: `))
              ?.slice(name.length + 2);
          const id = line('id');
          return {
            event: line('event') ?? '',
            ...(id === undefined ? {} : { id }),
            data: JSON.parse(line('data') ?? '{}') as Told['data'],
          };
        });
    },
    cancel: () => chunks?.cancel(),
  };
}

describe('GET /api/stream', () => {
  it('tells of alerts of its filter as they come, and of decisions', async () => {
    const { app, bench, clock, stop } = triageService();
    await bench.append([anAlert(1)]);
    const stream = reader(await app.request('/api/stream?rule=Path+scan'));
    expect(await stream.read()).toEqual([{ event: 'stats-changed', id: '1', data: { skipped: false } }]);
    await bench.append([anAlert(2), anAlert(3, { rule: 'Other' })]);
    const told = await stream.read();
    expect(told).toMatchObject([
      { event: 'alert', id: '2', data: { id: anAlert(2).id } },
      { event: 'stats-changed', id: '3', data: { skipped: false } },
    ]);
    const next = stream.read();
    await settle();
    await bench.triage.decide(anAlert(1).id, 0, { status: 'investigating' }, 'ann');
    await clock.advance(250);
    expect(await next).toMatchObject([
      { event: 'triage', data: { id: anAlert(1).id, status: 'investigating' } },
      { event: 'stats-changed' },
    ]);
    const last = stream.read();
    stop();
    expect(await last).toBe('over');
    await bench.close();
  });

  it('goes on where the browser lost it', async () => {
    const { app, bench, stop } = triageService();
    await bench.append(someAlerts(5));
    const stream = reader(await app.request('/api/stream', { headers: { 'last-event-id': '3' } }));
    const told = await stream.read();
    expect(told === 'over' ? [] : told.map(({ id }) => id)).toEqual(['4', '5', '5']);
    stop();
    await bench.close();
  });

  it('sends the newest of a burst and says that there were more', async () => {
    const { app, bench, stop } = triageService();
    const stream = reader(await app.request('/api/stream'));
    await stream.read();
    await bench.append(someAlerts(1000));
    const told = await stream.read();
    if (told === 'over') throw new Error('it ended');
    expect(told.filter(({ event }) => event === 'alert').map(({ data }) => data.position)).toEqual(
      Array.from({ length: 50 }, (_, n) => 951 + n),
    );
    expect(told.at(-1)).toMatchObject({ event: 'stats-changed', data: { skipped: true } });
    stop();
    await bench.close();
  });

  it('drops a client that does not read', async () => {
    const { app, bench, clock, logged } = triageService();
    const answer = await app.request('/api/stream');
    expect(answer.status).toBe(200);
    await settle();
    await bench.append([anAlert(1)]);
    await clock.advance(60_000);
    expect(logged.join('')).toContain('read the stream too slowly');
    await bench.close();
  });

  it('serves a hundred pages and no more', async () => {
    const { app, bench, stop } = triageService();
    for (let n = 0; n < 100; n++) expect((await app.request('/api/stream')).status).toBe(200);
    expect((await app.request('/api/stream')).status).toBe(503);
    stop();
    await settle();
    expect((await app.request('/api/stream')).status).toBe(200);
    await bench.close();
  });

  it('tells nothing more to who is logged out', async () => {
    const { app, bench, send, stop } = triageService({ tokens: [new Secret('t')] });
    await bench.append([anAlert(1)]);
    const { headers } = await send('POST', '/login', { user: 'ann', password: 't' });
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    const stream = reader(await app.request('/api/stream', { headers: { cookie } }));
    expect(await stream.read()).toMatchObject([{ event: 'stats-changed' }]);
    await send('POST', '/logout', {}, { cookie });
    await bench.append([anAlert(2)]);
    expect(await stream.read()).toBe('over');
    stop();
    await bench.close();
  });
});
