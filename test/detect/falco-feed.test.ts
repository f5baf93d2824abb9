import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventJson } from '../../src/detect/event-json.ts';
import { FalcoFeed, type FalcoFeedOptions } from '../../src/detect/falco-feed.ts';
import type { FeedAnswer } from '../../src/detect/feed-sender.ts';
import { eventRecord } from '../../src/detect/formats/event-record.ts';
import { BadLine, type LogEvent, type LogFormat } from '../../src/detect/formats/format.ts';
import { formatNamed } from '../../src/detect/formats/registry.ts';
import { Unreadable } from '../../src/detect/sources/source.ts';
import { albLine } from '../support/alb-line.ts';
import { handClock, settle } from '../support/hand-clock.ts';
import { objectOf } from '../support/log-objects.ts';

const origin = { object: 'folder/a.log', facts: {} };
const alb = formatNamed('alb') as LogFormat;
const accepted: FeedAnswer = { status: 200, body: '' };

function parsed(line: string): LogEvent {
  const event = alb.parse(line, origin, 7);
  if (event instanceof BadLine) throw new Error(event.detail);
  return event;
}

/** A feed to a plugin that answers with these, in turn, and then accepts everything. */
function feed(answers: (FeedAnswer | Error)[] = [], options: Partial<FalcoFeedOptions> = {}) {
  const clock = handClock();
  const bodies: string[] = [];
  const waits: string[] = [];
  const made = new FalcoFeed({
    post: (body) => {
      bodies.push(body.toString('utf8'));
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
const fed = (bodies: readonly string[]): number => bodies.join('').split('\n').length - 1;

describe('the JSON of an event', () => {
  it('holds the values of eventRecord under shorter names, and the time', () => {
    const event = parsed(albLine());
    const { time_ns: timeNs, ...fields } = JSON.parse(new EventJson(alb).line(event)) as Record<string, unknown>;
    expect(timeNs).toBe(Number(event.timeNs));
    const named = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`awselb.${name}`, value]));
    expect(named).toEqual(eventRecord(event, alb));
  });

  it('is one line of JSON whatever a client sends, its bytes kept', () => {
    const json = new EventJson({
      ...alb,
      fields: [{ name: 'awselb.raw', type: 'string', about: '', read: ({ raw }) => raw }],
    });
    assert(
      property(uint8Array(), (bytes) => {
        const raw = Buffer.from(bytes).toString('latin1');
        const line = json.line({ raw, origin, line: 1, eventId: '', timeNs: 1n });
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(JSON.parse(line)).toEqual({ time_ns: 1, raw });
      }),
    );
  });
});

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

  it('sends the text of clients as UTF-8', async () => {
    const { feed: it, bodies } = feed();
    await it.read(objectOf('folder/a.log', albLine({ agent: 'Größe' })), running());
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ user_agent: 'Größe' });
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
      '500 no answer from the Falco plugin: ECONNREFUSED',
      '1000 no answer from the Falco plugin: ECONNREFUSED',
      '2000 no answer from the Falco plugin: ECONNREFUSED',
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
