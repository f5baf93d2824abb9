import { describe, expect, it } from 'vitest';
import { FalcoFeed, type FalcoFeedOptions } from '../../src/detect/falco-feed.ts';
import type { FeedAnswer } from '../../src/detect/feed-sender.ts';
import { Unreadable } from '../../src/detect/sources/source.ts';
import { albLine } from '../support/alb-line.ts';
import { handClock, settle } from '../support/hand-clock.ts';
import { objectOf } from '../support/log-objects.ts';
import { readFrames } from '../support/read-frames.ts';

const accepted: FeedAnswer = { status: 200, body: '' };

/** A feed to a plugin that answers with these, in turn, and then accepts everything. */
function feed(answers: (FeedAnswer | Error)[] = [], options: Partial<FalcoFeedOptions> = {}) {
  const clock = handClock();
  const bodies: Buffer[] = [];
  const waits: string[] = [];
  const made = new FalcoFeed({
    post: (body) => {
      bodies.push(body);
      const answer = answers.shift() ?? accepted;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    clock,
    waiting: (cause, waitMs) => waits.push(`${waitMs} ${cause.message}`),
    ...options,
  });
  return { feed: made, clock, bodies, waits };
}

const lines = (count: number): string => `${albLine()}\n`.repeat(count);
const running = (): AbortSignal => new AbortController().signal;
const fed = (bodies: readonly Buffer[]): number => bodies.flatMap(readFrames).length;

describe('the feed to a real Falco', () => {
  it('settles an object once every batch of it was accepted', async () => {
    const { feed: it, bodies } = feed([], { batchBytes: 1 });
    const object = objectOf('folder/a.log', lines(3), lines(2));
    const report = await it.read(object, running());
    expect(report.outcome.kind).toBe('done');
    expect(report.events).toBe(5);
    expect(bodies.map((body) => fed([body]))).toEqual([3, 2]);
    expect(object.settled).toEqual([report.outcome]);
  });

  it('sends what clients sent, byte for byte', async () => {
    const { feed: it, bodies } = feed();
    await it.read(objectOf('folder/a.log', albLine({ agent: 'Größe' })), running());
    expect(bodies[0]?.includes(Buffer.from('Größe'))).toBe(true);
  });

  it('waits as long as a full queue asks, and longer and longer where nobody answers', async () => {
    const gone = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const {
      feed: it,
      clock,
      bodies,
      waits,
    } = feed([{ status: 503, body: 'full', retryAfterMs: 1000 }, gone, gone, gone]);
    const object = objectOf('folder/a.log', lines(2));
    const read = it.read(object, running());
    await clock.advance(999);
    expect(bodies).toHaveLength(1);
    expect(object.settled).toEqual([]);
    await clock.advance(1);
    expect(bodies).toHaveLength(2);
    await clock.advance(60_000);
    expect((await read).outcome.kind).toBe('done');
    expect(bodies).toHaveLength(5);
    expect(new Set(bodies).size).toBe(1);
    expect(waits).toEqual([
      '1000 the Falco plugin answered 503: full',
      expect.stringMatching(/^500 no answer from the Falco plugin: ECONNREFUSED: nothing listens there, .*; check /),
      expect.stringMatching(/^1000 no answer from the Falco plugin: ECONNREFUSED: nothing listens there, .*; check /),
      expect.stringMatching(/^2000 no answer from the Falco plugin: ECONNREFUSED: nothing listens there, .*; check /),
    ]);
  });

  it('reads no further than a batch ahead of Falco', async () => {
    let accept: ((answer: FeedAnswer) => void) | undefined;
    const post: FalcoFeedOptions['post'] = () =>
      new Promise((resolve) => {
        accept = resolve;
      });
    let pulled = 0;
    const object = {
      ...objectOf('folder/a.log'),
      open: async function* () {
        for (; pulled < 50; pulled++) yield await Promise.resolve(Buffer.from(lines(1)));
      },
    };
    const { feed: it } = feed([], { post, batchBytes: 1 });
    const read = it.read(object, running());
    await settle();
    expect(pulled).toBeLessThan(4);
    for (let i = 0; i < 100; i++) {
      accept?.(accepted);
      await settle(1);
    }
    expect((await read).outcome.kind).toBe('done');
  });

  it('leaves the object to be offered again when the plugin refuses, and says what to do about a token', async () => {
    const { feed: it } = feed([{ status: 401, body: 'the token is missing or wrong\n' }]);
    const { outcome } = await it.read(objectOf('folder/a.log', lines(1)), running());
    expect(outcome).toMatchObject({
      kind: 'retry',
      cause: { message: expect.stringContaining('name one token') as string },
    });
  });

  it('rejects what can never be read, after its good lines were accepted', async () => {
    const { feed: it, bodies } = feed();
    const { outcome } = await it.read(objectOf('folder/a.log', lines(2), new Unreadable('gone')), running());
    expect(outcome.kind).toBe('reject');
    expect(fed(bodies)).toBe(2);
  });

  it('stops waiting when it is told to stop', async () => {
    const { feed: it, clock } = feed([{ status: 503, body: '', retryAfterMs: 5000 }]);
    const stop = new AbortController();
    const read = it.read(objectOf('folder/a.log', lines(1)), stop.signal);
    await settle();
    stop.abort();
    await clock.advance(5000);
    expect((await read).outcome.kind).toBe('retry');
  });
});
