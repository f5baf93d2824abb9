/*
 * The life of a message:
 *
 *   waiting ── receive ──▶ hidden ── all its objects settled done or reject ──▶ deleted
 *      ▲                    │ ▲ │
 *      │                    │ └─┴── hidden again at half-time, while one of its objects is unsettled
 *      │                    │
 *      ├── one of its objects is to be retried: hidden for a while, then it is waiting again ──┐
 *      └── it cannot be understood, and the queue has a dead-letter queue ─────────────────────┤
 *                                                                                              ▼
 *          SQS moves it to the dead-letter queue after maxReceiveCount receipts; without such a queue it is
 *          reported as buried after `max_receives`, a message that cannot be understood at once, and deleted
 *
 * A crash at any point leaves the message hidden until its visibility timeout; then any replica gets it again.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { Outcome } from '../../base/outcome.ts';
import { present } from '../../base/present.ts';
import { s3Config, clientOptions } from '../../aws/client.ts';
import { positiveDurationMs } from '../../base/config-values.ts';
import { AwsTrouble } from '../../aws/trouble.ts';
import { reasonToSkip } from './elb-key.ts';
import { InFlight, maxInFlight, maxInFlightBytes } from './in-flight.ts';
import { MessageWork } from './message-work.ts';
import { type NotifiedObject, readNotification } from './notification.ts';
import { QueueWatch } from './queue-watch.ts';
import { openS3 } from './s3-client.ts';
import { readS3Object } from './s3-object.ts';
import { defineSource, type LogObject, type Source, type SourceTools } from './source.ts';
import { maxVisibilityMs, type QueueMessage, regionOfQueue, SqsQueue } from './sqs-queue.ts';

export const s3SqsConfig = z.strictObject({
  queue_url: z
    .url({ protocol: /^https?$/ })
    .describe('The queue that gets the bucket\'s "object created" notifications.'),
  ...s3Config,
  request_payer: z.boolean().default(false).describe('Pay for requests to a requester-pays bucket.'),
  visibility_timeout: positiveDurationMs
    .refine((ms) => ms >= 1_000 && ms <= maxVisibilityMs, 'expected 1s to 12h')
    .prefault('2m')
    .describe('How long a message stays hidden after a crash; while it is worked on it is hidden again at half-time.'),
  max_in_flight: maxInFlight,
  max_in_flight_bytes: maxInFlightBytes,
  max_receives: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('Where the queue has no dead-letter queue: after so many receipts a failing message is buried.'),
  stall_timeout: positiveDurationMs
    .prefault('30s')
    .describe('A download that brings nothing for so long is taken up anew.'),
});

type S3SqsConfig = z.infer<typeof s3SqsConfig>;

const firstRetryMs = 15_000;
const lastRetryMs = 15 * 60_000;
const firstPauseMs = 1_000;
const lastPauseMs = 60_000;
/** ELB logs come every five minutes. */
const silenceMs = 15 * 60_000;
const sampleChars = 4_000;

export const s3Sqs = defineSource({
  kind: 's3-sqs',
  about:
    'S3 objects as SQS notifications name them (S3 events, through SNS or EventBridge as well). Any number of replicas share a queue.',
  config: s3SqsConfig,
  open: async (config, tools) => {
    const sqs = await import('@aws-sdk/client-sqs');
    const region = config.region ?? regionOfQueue(config.queue_url);
    const queueClient = new sqs.SQSClient({ ...(await clientOptions(config)), ...present({ region }) });
    const bucketClients = new Map<string | undefined, Promise<S3Client>>();
    // One client for each region that buckets are in; an endpoint of one's own is one place.
    const bucketClient = (bucketRegion: string | undefined): Promise<S3Client> => {
      const where = config.endpoint === undefined ? (bucketRegion ?? region) : region;
      const client = bucketClients.get(where) ?? openS3(config, where, config.stall_timeout);
      bucketClients.set(where, client);
      return client;
    };
    const close = async (): Promise<void> => {
      queueClient.destroy();
      for (const client of bucketClients.values()) (await client).destroy();
    };
    return new S3SqsSource(config, tools, new SqsQueue(config.queue_url, queueClient, sqs), bucketClient, close);
  },
});

class S3SqsSource implements Source {
  readonly name: string;
  readonly atOnce: number;
  readonly close: () => Promise<void>;
  readonly #config: S3SqsConfig;
  readonly #tools: SourceTools;
  readonly #queue: SqsQueue;
  readonly #watch: QueueWatch;
  readonly #bucketClient: (region: string | undefined) => Promise<S3Client>;
  readonly #inFlight: InFlight;
  readonly #working = new Set<MessageWork>();

  constructor(
    config: S3SqsConfig,
    tools: SourceTools,
    queue: SqsQueue,
    bucketClient: (region: string | undefined) => Promise<S3Client>,
    close: () => Promise<void>,
  ) {
    this.name = tools.name;
    this.atOnce = config.max_in_flight;
    this.close = close;
    this.#config = config;
    this.#tools = tools;
    this.#queue = queue;
    this.#watch = new QueueWatch(queue, tools);
    this.#bucketClient = bucketClient;
    this.#inFlight = new InFlight({ maxObjects: config.max_in_flight, maxBytes: config.max_in_flight_bytes });
  }

  async *objects(signal: AbortSignal): AsyncGenerator<LogObject> {
    await this.#watch.begin(signal);
    for await (const messages of this.#batches(signal)) {
      const works: MessageWork[] = [];
      try {
        for (const message of messages) {
          const work = await this.#begin(message, signal);
          if (work !== undefined) works.push(work);
        }
        for (const work of works) yield* this.#offer(work, signal);
      } finally {
        // Finds something only when the reader stopped early: other replicas may have it at once.
        for (const work of works) await this.#attempt(() => work.abandonRest());
      }
    }
  }

  /** Batches of messages, for ever. Throws only when the first request already meets something that a person has to change. */
  async *#batches(signal: AbortSignal): AsyncGenerator<readonly QueueMessage[]> {
    const { clock } = this.#tools;
    const startedMs = clock.now();
    let pauseMs = firstPauseMs;
    let answered = false;
    let silent = true;
    while (!signal.aborted) {
      let messages: readonly QueueMessage[];
      try {
        messages = await this.#queue.receive(this.#config.visibility_timeout, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!answered && error instanceof AwsTrouble && error.lasts === 'lasting') throw error;
        this.#trouble(error);
        await clock.sleep(pauseMs, signal);
        pauseMs = Math.min(2 * pauseMs, lastPauseMs);
        continue;
      }
      answered = true;
      pauseMs = firstPauseMs;
      if (messages.length > 0) {
        silent = false;
        yield messages;
      } else if (silent && clock.now() - startedMs >= silenceMs) {
        silent = false;
        this.#trouble(
          new Error(
            `no message in ${this.#queue.url} for 15 minutes: does the bucket notify this queue (aws s3api get-bucket-notification-configuration), and does the load balancer log to that bucket?`,
          ),
        );
      }
      void this.#watch.again(this.#oldestSentMs(), signal);
    }
  }

  /** The work that a message brings; undefined when there is none and the message is dealt with. */
  async #begin(message: QueueMessage, signal: AbortSignal): Promise<MessageWork | undefined> {
    const notification = readNotification(message.body);
    if (notification.kind === 'unreadable') {
      await this.#attempt(() => this.#poison(message, `not a notification of S3: ${notification.reason}`));
      return undefined;
    }
    const objects: NotifiedObject[] = [];
    for (const object of notification.kind === 'objects' ? notification.objects : []) {
      const reason = reasonToSkip(object.key);
      if (reason === undefined) objects.push(object);
      else this.#tools.report({ kind: 'skipped', name: nameOf(object), reason });
    }
    if (objects.length === 0) {
      await this.#attempt(() => this.#queue.delete(message));
      return undefined;
    }
    const work = new MessageWork(message, objects, {
      queue: this.#queue,
      clock: this.#tools.clock,
      visibilityMs: this.#config.visibility_timeout,
      lostGrip: (cause) => this.#trouble(cause),
      finish: (_, outcome, failed) => {
        this.#working.delete(work);
        return this.#finish(message, outcome, failed, signal);
      },
    });
    this.#working.add(work);
    return work;
  }

  async *#offer(work: MessageWork, signal: AbortSignal): AsyncGenerator<LogObject> {
    for (let object = work.peek(); object !== undefined; object = work.peek()) {
      const { bucket, key, size, region, atMs } = object;
      if (!(await this.#inFlight.enter(size ?? 0, signal))) return;
      const settle = work.take();
      yield {
        name: nameOf(object),
        ...present({ size, appearedAtMs: atMs }),
        open: (readSignal) =>
          readS3Object(
            {
              client: this.#bucketClient(region),
              clock: this.#tools.clock,
              requestPayer: this.#config.request_payer,
              stallTimeoutMs: this.#config.stall_timeout,
            },
            { bucket, key },
            readSignal,
          ),
        settle: (outcome) => {
          this.#inFlight.leave(size ?? 0);
          return settle(outcome);
        },
      };
    }
  }

  async #finish(
    message: QueueMessage,
    outcome: Outcome,
    failed: readonly NotifiedObject[],
    signal: AbortSignal,
  ): Promise<void> {
    if (outcome.kind !== 'retry') return this.#queue.delete(message);
    // Stopping is no failure of the message.
    if (signal.aborted) return this.#queue.hide(message, 0);
    const deadLetters = this.#watch.deadLetters;
    if (message.receives >= (deadLetters?.maxReceives ?? this.#config.max_receives)) {
      const leaves = deadLetters === undefined ? '' : `, after which SQS moves its message to ${deadLetters.arn}`;
      const reason = `failed, and was received ${message.receives} times${leaves}: ${outcome.cause.message}`;
      for (const object of failed) this.#bury(nameOf(object), message, reason);
      if (deadLetters === undefined) return this.#queue.delete(message);
    }
    const pauseMs = Math.min(firstRetryMs * 2 ** Math.min(message.receives - 1, 10), lastRetryMs);
    return this.#queue.hide(message, Math.min(outcome.afterMs ?? pauseMs, maxVisibilityMs));
  }

  /** A message that will never be understood: to the dead-letter queue, by letting SQS count, else it is buried here. */
  async #poison(message: QueueMessage, reason: string): Promise<void> {
    const deadLetters = this.#watch.deadLetters;
    if (deadLetters === undefined) {
      this.#bury(this.#nameOf(message), message, reason);
      return this.#queue.delete(message);
    }
    if (message.receives >= deadLetters.maxReceives) {
      this.#bury(this.#nameOf(message), message, `${reason}; SQS moves it to ${deadLetters.arn}`);
    } else if (message.receives === 1) {
      this.#trouble(
        new Error(
          `message ${message.id} is ${reason}. SQS moves it to ${deadLetters.arn} after ${deadLetters.maxReceives} receipts`,
        ),
      );
    }
    return this.#queue.hide(message, 0);
  }

  #bury(name: string, message: QueueMessage, reason: string): void {
    this.#tools.report({ kind: 'buried', name, reason, sample: message.body.slice(0, sampleChars) });
  }

  #nameOf({ id }: QueueMessage): string {
    return `${this.#queue.url}#${id}`;
  }

  #oldestSentMs(): number | undefined {
    const sent = [...this.#working].flatMap(({ message: { sentAtMs } }) => sentAtMs ?? []);
    return sent.length === 0 ? undefined : Math.min(...sent);
  }

  #trouble(error: unknown): void {
    this.#tools.report({ kind: 'trouble', cause: error instanceof Error ? error : new Error(String(error)) });
  }

  /** For calls whose failure only means that the message comes again. */
  async #attempt(call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#trouble(error);
    }
  }
}

function nameOf({ bucket, key }: NotifiedObject): string {
  return `s3://${bucket}/${key}`;
}
