/*
 * Events come late and their timestamps are not in order of arrival, so a time is final only `overlap` after it has passed:
 *
 *         position          now − overlap            now
 *            │    read and settled │  read, and read again │
 *   events   · · · · · · · · · · · · · · · · · · · · · · · ·
 *
 * Each poll reads from the position to now, leaves out the events whose ids it remembers, and moves the position up. Only
 * the position is kept on disk: after a restart the overlap is read again, and because a line's origin is its event's id,
 * its alerts have the ids that they had before.
 */
import type { CloudWatchLogsClient, FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';
import { awsConfig, clientOptions } from '../../aws/client.ts';
import { positiveDurationMs } from '../../base/config-values.ts';
import { AwsTrouble, explainAws } from '../../aws/trouble.ts';
import { InFlight } from './in-flight.ts';
import { moment } from './moment.ts';
import { defineSource, type LogObject, type Source, type SourceTools } from './source.ts';

export const cloudwatchLogsConfig = z.strictObject({
  log_group: z
    .string()
    .regex(
      /^(arn:[a-z0-9-]+:logs:[a-z0-9-]+:\d{12}:log-group:)?[.\-_/#A-Za-z0-9]{1,512}$/,
      'expected the name or ARN of a log group',
    )
    .describe('The log group, by name; by ARN when it is in an account that this one monitors.'),
  stream_prefix: z.string().min(1).optional().describe('Only log streams whose names begin so.'),
  filter_pattern: z.string().min(1).optional().describe('Only events that match this CloudWatch Logs filter pattern.'),
  ...awsConfig,
  since: moment.prefault('1h').describe('Where to begin at the first start: a date, a time, or how long ago.'),
  overlap: positiveDurationMs.prefault('5m').describe('How late an event may come and still be read.'),
  poll_interval: positiveDurationMs.prefault('10s').describe('The time between two requests when all is read.'),
});

type CloudwatchLogsConfig = z.infer<typeof cloudwatchLogsConfig>;

/** An answer holds at most 1 MB or 10,000 events (API reference of FilterLogEvents). */
const maxPagesInFlight = 8;
/** Far behind, the log group is read in pieces of this size, so that the position moves on. */
const maxSpanMs = 15 * 60_000;
const maxRemembered = 500_000;
const firstPauseMs = 1_000;
const lastPauseMs = 60_000;

export const cloudwatchLogs = defineSource({
  kind: 'cloudwatch-logs',
  about: 'A CloudWatch Logs log group that load balancers deliver to (or whatever writes such lines).',
  config: cloudwatchLogsConfig,
  open: async (config, tools) => {
    const sdk = await import('@aws-sdk/client-cloudwatch-logs');
    const client = new sdk.CloudWatchLogsClient(await clientOptions(config));
    return new CloudwatchLogsSource(config, tools, client, sdk);
  },
});

class CloudwatchLogsSource implements Source {
  readonly name: string;
  readonly #config: CloudwatchLogsConfig;
  readonly #tools: SourceTools;
  readonly #client: CloudWatchLogsClient;
  readonly #sdk: typeof import('@aws-sdk/client-cloudwatch-logs');
  readonly #inFlight = new InFlight({ maxObjects: maxPagesInFlight, maxBytes: Number.POSITIVE_INFINITY });
  /** The settled events that the next poll sees again: id → timestamp, in order of settlement. */
  readonly #settled = new Map<string, number>();

  constructor(
    config: CloudwatchLogsConfig,
    tools: SourceTools,
    client: CloudWatchLogsClient,
    sdk: typeof import('@aws-sdk/client-cloudwatch-logs'),
  ) {
    this.name = tools.name;
    this.#config = config;
    this.#tools = tools;
    this.#client = client;
    this.#sdk = sdk;
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  async *objects(signal: AbortSignal): AsyncGenerator<LogObject> {
    const { clock, report } = this.#tools;
    let positionMs = this.#position();
    let pauseMs = firstPauseMs;
    let answered = false;
    while (!signal.aborted) {
      const startedMs = clock.now();
      const toMs = Math.min(startedMs, positionMs + maxSpanMs + this.#config.overlap);
      try {
        const whole = yield* this.#window(positionMs, toMs, signal);
        answered = true;
        if (signal.aborted) return;
        if (!whole) throw new Error('the alerts of some events could not be stored; they are read again');
      } catch (error) {
        if (signal.aborted) return;
        if (!answered && error instanceof AwsTrouble && error.lasts === 'lasting') throw error;
        report({ kind: 'trouble', cause: error instanceof Error ? error : new Error(String(error)) });
        await clock.sleep(pauseMs, signal);
        pauseMs = Math.min(2 * pauseMs, lastPauseMs);
        continue;
      }
      pauseMs = firstPauseMs;
      positionMs = Math.max(positionMs, Math.min(toMs, startedMs - this.#config.overlap));
      this.#keep(positionMs);
      report({ kind: 'behind', ageMs: clock.now() - toMs });
      if (toMs === startedMs) await clock.sleep(this.#config.poll_interval, signal);
    }
  }

  /** One object for each page of new events. Returns, when all are settled, whether none of them is to be retried. */
  async *#window(fromMs: number, toMs: number, signal: AbortSignal): AsyncGenerator<LogObject, boolean> {
    let whole = true;
    let page = 0;
    let token: string | undefined;
    do {
      const answer = await this.#filter(fromMs, toMs, token, signal);
      token = answer.nextToken;
      const fresh = (answer.events ?? []).filter(({ eventId = '' }) => !this.#settled.has(eventId));
      // An answer without events may still have a next one.
      if (fresh.length === 0) continue;
      if (!(await this.#inFlight.enter(0, signal))) return false;
      page++;
      const between = `${new Date(fromMs).toISOString()}/${new Date(toMs).toISOString()}`;
      yield {
        name: `${originOf(this.#config.log_group)}?between=${between}&page=${page}`,
        appearedAtMs: Math.max(...fresh.map(({ ingestionTime = 0, timestamp = 0 }) => ingestionTime || timestamp)),
        linesNameTheirOrigin: true,
        open: () => linesOf(this.#config.log_group, fresh),
        settle: (outcome) => {
          if (outcome.kind === 'retry') whole = false;
          else for (const { eventId = '', timestamp = 0 } of fresh) this.#settled.set(eventId, timestamp);
          this.#inFlight.leave(0);
          return Promise.resolve();
        },
      };
    } while (token !== undefined && !signal.aborted);
    await this.#inFlight.empty(signal);
    return whole;
  }

  async #filter(fromMs: number, toMs: number, token: string | undefined, signal: AbortSignal) {
    const { log_group, stream_prefix, filter_pattern } = this.#config;
    const command = new this.#sdk.FilterLogEventsCommand({
      ...(log_group.startsWith('arn:') ? { logGroupIdentifier: log_group } : { logGroupName: log_group }),
      logStreamNamePrefix: stream_prefix,
      filterPattern: filter_pattern,
      startTime: fromMs,
      endTime: toMs,
      nextToken: token,
    });
    try {
      return await this.#client.send(command, { abortSignal: signal });
    } catch (error) {
      throw explainAws(error, { action: 'logs:FilterLogEvents', on: `log group ${log_group}` });
    }
  }

  #position(): number {
    const { clock, progress } = this.#tools;
    const kept = progress.settledVersion(this.name, this.#bookmark());
    if (kept !== undefined) return Date.parse(kept);
    const sinceMs = this.#config.since.at(clock.now());
    this.#keep(sinceMs);
    return sinceMs;
  }

  #keep(positionMs: number): void {
    this.#tools.progress.settle(this.name, this.#bookmark(), new Date(positionMs).toISOString());
    for (const [id, timestamp] of this.#settled) {
      // Beyond the limit the oldest are read again: work, but no second alert.
      if (timestamp < positionMs || this.#settled.size > maxRemembered) this.#settled.delete(id);
    }
  }

  #bookmark(): string {
    return `position in ${this.#config.log_group} ${this.#config.stream_prefix ?? ''}`.trimEnd();
  }
}

/** `cloudwatch-logs://GROUP/STREAM#EVENT`: an event id is unique in all of CloudWatch Logs. */
function originOf(group: string, event?: FilteredLogEvent): string {
  const name = `cloudwatch-logs://${group.replace(/^arn:.*:log-group:/, '')}`;
  if (event === undefined) return name;
  // Stream names may hold anything but `:` and `*`, a tab too.
  const stream = (event.logStreamName ?? '').toWellFormed().replace(/[^\x21-\x7e]/g, encodeURIComponent);
  return `${name}/${stream}#${event.eventId ?? ''}`;
}

async function* linesOf(group: string, events: readonly FilteredLogEvent[]): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < events.length; start += 500) {
    const lines = events.slice(start, start + 500).map((event) => {
      const origin = originOf(group, event);
      const [first = '', ...further] = (event.message ?? '').trimEnd().split('\n');
      return [`${origin}\t${first}\n`, ...further.map((line, index) => `${origin}.${index + 2}\t${line}\n`)].join('');
    });
    yield Buffer.from(lines.join(''));
  }
}
