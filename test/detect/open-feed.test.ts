import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { type OpenFeed, openFeed } from '../../src/detect/open-feed.ts';
import { albLine } from '../support/alb-line.ts';
import { handClock } from '../support/hand-clock.ts';
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts';
import { objectOf } from '../support/log-objects.ts';

const open: { feed?: OpenFeed; plugin?: HttpReceiver } = {};
afterEach(async () => {
  await open.feed?.close();
  await open.plugin?.stop();
});

/** A feed to a plugin that answers batches as told; the clock goes on by hand. */
async function opened(answer: () => { status: number; body: string }) {
  const clock = handClock();
  const log: string[] = [];
  const metrics = createMetrics();
  open.plugin = await startHttpReceiver(({ path }) => (path === '/health' ? 'ready' : answer()));
  open.feed = openFeed(
    { address: open.plugin.endpoint },
    {
      clock,
      log: createLog({ level: 'notice', readable: true, write: (line) => log.push(line), now: () => 0 }),
      metrics,
    },
  );
  return { clock, log, metrics, ...open.feed };
}

const object = () => objectOf('a.log', `${albLine()}\n`.repeat(3));
const running = (): AbortSignal => new AbortController().signal;

describe('an open feed', () => {
  it('counts what Falco has taken', async () => {
    const { feed, metrics, problems } = await opened(() => ({ status: 200, body: '{"accepted":3,"repeated":1}' }));
    expect((await feed.read(object(), running())).outcome.kind).toBe('done');
    const text = await metrics.text();
    expect(text).toContain('elb_sidekick_feed_events_total 3');
    expect(text).toContain('elb_sidekick_feed_repeated_events_total 1');
    expect(text).toContain('elb_sidekick_feed_batches_total 1');
    expect(text).toContain('elb_sidekick_feed_up 1');
    expect(problems()).toEqual([]);
  });

  it('has a problem while the plugin does not take events, says so once, and says when it is over', async () => {
    let full = true;
    const { feed, clock, log, problems } = await opened(() =>
      full ? { status: 503, body: 'the queue is full' } : { status: 200, body: '{"accepted":3}' },
    );
    const read = feed.read(object(), running());
    await expect.poll(() => problems()).toEqual(['the Falco plugin answered 503: the queue is full']);
    await clock.advance(1000);
    full = false;
    const ending = setInterval(() => void clock.advance(20_000), 5);
    expect((await read).outcome.kind).toBe('done');
    clearInterval(ending);
    expect(problems()).toEqual([]);
    expect(log.filter((line) => line.includes('takes no events now'))).toHaveLength(1);
    expect(log.filter((line) => line.includes('takes events again'))).toHaveLength(1);
  });

  it('has a problem while nobody answers', async () => {
    const { clock, problems, metrics } = await opened(() => ({ status: 200, body: '' }));
    await open.plugin?.stop();
    await clock.advance(5_000);
    await expect
      .poll(() => problems().join())
      .toMatch(/^no Falco plugin at http:\/\/127.*: ECONNREFUSED: nothing listens there, /);
    expect(await metrics.text()).toContain('elb_sidekick_feed_up 0');
  });
});
