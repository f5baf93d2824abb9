import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import { present } from '../base/present.ts';
import type { Secret } from '../base/secret.ts';
import { FalcoFeed } from './falco-feed.ts';
import { type FeedAnswer, postEvents } from './feed-sender.ts';
import type { LineOrigin } from './formats/format.ts';

/** `engine.feed` of the config: where a real Falco's plugin listens. */
export interface FeedConfig {
  /** As the plugin's `open_params` has it. */
  readonly address: string;
  readonly token?: Secret;
}

export interface FeedTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly geo?: LineOrigin['geo'];
}

export interface OpenFeed {
  readonly feed: FalcoFeed;
  /** Why events do not reach Falco now, for `/readyz`. */
  readonly problems: () => readonly string[];
  close(): Promise<void>;
}

/** How often the plugin is asked whether it is there. */
const healthEveryMs = 5_000;

/** Opens the feed, whether or not Falco is there yet: objects wait until it is. Counts, logs, and asks how the plugin is. */
export function openFeed({ address, token }: FeedConfig, { clock, log, metrics, geo }: FeedTools): OpenFeed {
  const sender = postEvents(address, token);
  const meter = feedMeter(metrics);
  const stopping = new AbortController();
  /** Of the last batch that was offered, and of the last question; undefined when it went well. */
  let sending: string | undefined;
  let asking: string | undefined;
  metrics.gauge({
    name: 'feed_up',
    help: '1 while the Falco plugin answers, else 0.',
    read: () => [[asking === undefined ? 1 : 0, {}]],
  });
  const feed = new FalcoFeed({
    ...present({ geo }),
    clock,
    post: async (body, signal) => {
      const startMs = clock.now();
      const answer = await sender.post(body, signal);
      if (answer.status === 200) {
        meter.accepted(answer, body.length, clock.now() - startMs);
        if (sending !== undefined) log.notice('Falco takes events again.', { feed: address });
        sending = undefined;
      } else if (answer.status === 401) sending = `the Falco plugin answered 401: ${answer.body.trim()}`;
      return answer;
    },
    waiting: (cause, waitMs) => {
      meter.waited();
      if (sending === undefined)
        log.warning('Falco takes no events now; they wait.', { feed: address, error: cause, again_in_ms: waitMs });
      sending = cause.message;
    },
  });
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      asking = await sender.health(stopping.signal);
      await clock.sleep(healthEveryMs, stopping.signal);
    }
  })();
  return {
    feed,
    problems: () => [...new Set([asking, sending].filter((problem) => problem !== undefined))],
    async close() {
      stopping.abort();
      await watching;
      sender.close();
    },
  };
}

function feedMeter(metrics: Metrics) {
  const events = metrics.counter({ name: 'feed_events_total', help: 'Events that Falco has taken.' });
  const repeated = metrics.counter({
    name: 'feed_repeated_events_total',
    help: 'Of them, those that Falco had been given before and was not given again.',
  });
  const batches = metrics.counter({ name: 'feed_batches_total', help: 'Batches of events that Falco has taken.' });
  const bytes = metrics.counter({ name: 'feed_bytes_total', help: 'Bytes of the batches that Falco has taken.' });
  const waits = metrics.counter({ name: 'feed_waits_total', help: 'How often a batch had to wait for Falco.' });
  const seconds = metrics.histogram({
    name: 'feed_batch_seconds',
    help: 'Seconds from sending a batch until Falco had taken it.',
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
  });
  return {
    accepted({ body }: FeedAnswer, sentBytes: number, ms: number): void {
      events.add(numberIn(body, 'accepted'));
      repeated.add(numberIn(body, 'repeated'));
      batches.add(1);
      bytes.add(sentBytes);
      seconds.observe(ms / 1000);
    },
    waited: () => waits.add(1),
  };
}

function numberIn(body: string, name: string): number {
  return Number(new RegExp(`"${name}":(\\d+)`).exec(body)?.[1] ?? 0);
}
