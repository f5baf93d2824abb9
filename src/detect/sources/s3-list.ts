/*
 * No cursor: keys of several balancers, regions and accounts do not grow in any common order, and files come hours late.
 * Instead, days are listed whole and what is settled is known by name:
 *
 *        since                    now − late           now
 *          │  complete │ backlog    │      window       │
 *   day:   ✓    ✓    ✓   ·    ·   ✓ │   ·     ·     ·   │
 *
 * window:   listed every poll_interval; every object that is not settled is offered
 * backlog:  older days that are not complete; listed once for their objects, and once more to see that all are settled
 * complete: one mark for the day instead of one for each object; never listed again
 */
import { z } from 'zod';
import { s3Config } from '../../aws/client.ts';
import { positiveDurationMs } from '../../base/config-values.ts';
import { maxInFlight, maxInFlightBytes } from './in-flight.ts';
import { ListedDays, type Range, type Troubled } from './listed-days.ts';
import { daysBetween, logRoot } from './log-days.ts';
import { LogRegions } from './log-regions.ts';
import { moment } from './moment.ts';
import { S3Bucket } from './s3-bucket.ts';
import { openS3 } from './s3-client.ts';
import { defineSource, type LogObject, type Source, type SourceTools } from './source.ts';

export const s3ListConfig = z.strictObject({
  bucket: z.string().min(3).max(255).describe('The bucket that the load balancers log to.'),
  prefix: z
    .string()
    .default('')
    .describe('What stands before AWSLogs/ in the keys. May go on beyond it, to read one account, region or day only.'),
  ...s3Config,
  request_payer: z.boolean().default(false).describe('Pay for requests to a requester-pays bucket.'),
  accounts: z.array(z.string()).min(1).optional().describe('Only these accounts. Default: all that log here.'),
  regions: z.array(z.string()).min(1).optional().describe('Only these regions. Default: all that log here.'),
  since: moment.prefault('24h').describe('Where to begin at the first start: a date, a time, or how long ago.'),
  until: moment.optional().describe('Read up to here, then end. Without it the source goes on for ever.'),
  late: positiveDurationMs
    .prefault('48h')
    .describe('How late objects may come: days this young are listed again and again.'),
  poll_interval: positiveDurationMs.prefault('60s').describe('The time between two listings.'),
  max_in_flight: maxInFlight,
  max_in_flight_bytes: maxInFlightBytes,
  max_tries: z.int().min(1).max(1000).default(10).describe('An object that failed so often is buried.'),
  stall_timeout: positiveDurationMs
    .prefault('30s')
    .describe('A download that brings nothing for so long is taken up anew.'),
});

type S3ListConfig = z.infer<typeof s3ListConfig>;

const dayMs = 86_400_000;
/** With `until`: the SDK repeats requests for some seconds by itself. */
const secondTriesAfterMs = [2_000, 10_000];

export const s3List = defineSource({
  kind: 's3-list',
  about: 'S3 objects found by listing the bucket: no notifications to set up, and what lies there already can be read.',
  config: s3ListConfig,
  open: async (config, tools) => {
    const client = await openS3(config, config.region, config.stall_timeout);
    return new S3ListSource(config, tools, new S3Bucket(client, config.bucket, config.request_payer));
  },
});

class S3ListSource implements Source {
  readonly name: string;
  readonly atOnce: number;
  readonly #config: S3ListConfig;
  readonly #tools: SourceTools;
  readonly #bucket: S3Bucket;
  readonly #regions: LogRegions;
  readonly #listed: ListedDays;
  #polledAtMs = Number.NEGATIVE_INFINITY;

  constructor(config: S3ListConfig, tools: SourceTools, bucket: S3Bucket) {
    this.name = tools.name;
    this.atOnce = config.max_in_flight;
    this.#config = config;
    this.#tools = tools;
    this.#bucket = bucket;
    this.#regions = new LogRegions(bucket, config, tools);
    this.#listed = new ListedDays(
      bucket,
      {
        maxObjects: config.max_in_flight,
        maxBytes: config.max_in_flight_bytes,
        maxTries: config.max_tries,
        stallTimeoutMs: config.stall_timeout,
        ends: config.until !== undefined,
      },
      tools,
    );
  }

  close(): Promise<void> {
    this.#bucket.client.destroy();
    return Promise.resolve();
  }

  async *objects(signal: AbortSignal): AsyncGenerator<LogObject> {
    const { until } = this.#config;
    try {
      if (until === undefined) yield* this.#endless(signal);
      else yield* this.#once({ fromMs: this.#sinceMs(), toMs: until.at(this.#tools.clock.now()) }, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /**
   * All days once; then, some seconds apart, what passing trouble kept from being listed or read. Ends when all is settled or
   * was tried three times: what is left comes at the next start.
   */
  async *#once(range: Range, signal: AbortSignal): AsyncGenerator<LogObject> {
    const { clock, report } = this.#tools;
    await this.#regions.discoverOnce(signal);
    // The day in a key is that of delivery: the last logs may have come on the day after.
    const days = this.#daysBetween(range.fromMs, range.toMs + dayMs);
    const troubled: Troubled = new Map();
    let objects = 0;
    for (const [index, day] of days.entries()) {
      for (const region of this.#regions.folders) {
        for await (const object of this.#listed.day({ region, day }, range, troubled, signal)) {
          objects++;
          yield object;
        }
      }
      report({ kind: 'backfill', days: index + 1, ofDays: days.length, objects });
    }
    for (const pauseMs of secondTriesAfterMs) {
      const again = await this.#listed.unfinished(signal);
      if (again.length === 0) return;
      await clock.sleep(pauseMs, signal);
      const still: Troubled = new Map();
      for (const place of again) yield* this.#listed.day(place, range, still, signal);
    }
    await this.#listed.unfinished(signal);
  }

  async *#endless(signal: AbortSignal): AsyncGenerator<LogObject> {
    const { clock } = this.#tools;
    const range = { fromMs: this.#sinceMs(), toMs: Number.POSITIVE_INFINITY };
    while (!signal.aborted) {
      yield* this.#window(range, signal);
      yield* this.#backlog(range, signal);
      this.#tools.report({ kind: 'behind', objects: this.#listed.waiting });
      await clock.sleep(Math.max(0, this.#polledAtMs + this.#config.poll_interval - clock.now()), signal);
    }
  }

  /** The days in which objects still appear. */
  async *#window(range: Range, signal: AbortSignal): AsyncGenerator<LogObject> {
    this.#polledAtMs = this.#tools.clock.now();
    await this.#regions.keepDiscovering(signal);
    const troubled: Troubled = new Map();
    for (const day of this.#days(range).window) {
      for (const region of this.#regions.folders) yield* this.#listed.day({ region, day }, range, troubled, signal);
    }
  }

  /** One walk through the older days that are not complete, the window's objects in between whenever they are due. */
  async *#backlog(range: Range, signal: AbortSignal): AsyncGenerator<LogObject> {
    const { clock, progress, report } = this.#tools;
    const days = this.#days(range).older.flatMap((day) => this.#regions.folders.map((region) => ({ region, day })));
    const open = days.filter(
      ({ region, day }) => progress.settledVersion(this.name, this.#bucket.nameOf(region + day)) === undefined,
    );
    const troubled: Troubled = new Map();
    let completed = days.length - open.length;
    let objects = 0;
    for (const { region, day } of open) {
      const listing = this.#listed.day({ region, day }, range, troubled, signal);
      let next = await listing.next();
      for (; next.done !== true; next = await listing.next()) {
        objects++;
        yield next.value;
        if (clock.now() - this.#polledAtMs >= this.#config.poll_interval) yield* this.#window(range, signal);
      }
      if (signal.aborted) return;
      if (next.value) {
        completed++;
        progress.settle(this.name, this.#bucket.nameOf(region + day), 'complete');
        progress.forget(this.name, this.#bucket.nameOf(region + day));
      }
      report({ kind: 'backfill', days: completed, ofDays: days.length, objects });
      if (clock.now() - this.#polledAtMs >= this.#config.poll_interval) yield* this.#window(range, signal);
    }
  }

  #days({ fromMs }: Range): { readonly older: readonly string[]; readonly window: readonly string[] } {
    const nowMs = this.#tools.clock.now();
    const all = this.#daysBetween(fromMs, nowMs);
    const windowDays = this.#daysBetween(Math.max(fromMs, nowMs - this.#config.late), nowMs).length;
    return { older: all.slice(0, all.length - windowDays), window: all.slice(all.length - windowDays) };
  }

  #daysBetween(fromMs: number, toMs: number): string[] {
    const { date } = logRoot(this.#config.prefix);
    return daysBetween(fromMs, toMs).filter((day) => day.startsWith(date));
  }

  /** Where reading begins. "24h ago" is counted from the first start, so that a later start goes on where an earlier one was. */
  #sinceMs(): number {
    const { clock, progress } = this.#tools;
    const { since, until } = this.#config;
    if (!since.relative || until !== undefined) return since.at(clock.now());
    const bookmark = `since ${since.text}`;
    const kept = progress.settledVersion(this.name, bookmark);
    if (kept !== undefined) return Date.parse(kept);
    const sinceMs = since.at(clock.now());
    progress.settle(this.name, bookmark, new Date(sinceMs).toISOString());
    return sinceMs;
  }
}
