import type { CloudWatchLogsClient, InputLogEvent, PutLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';
import { encodeAlert } from '../../alert/falco-json.ts';
import { awsConfig } from '../../aws/client.ts';
import { done, type Outcome, reject } from '../../base/outcome.ts';
import { awsOutcome, outputClient } from './aws.ts';
import { defineOutput } from './output.ts';

// docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
const maxEvents = 10_000;
const maxBytes = 1_048_576;
const bytesPerEvent = 26;
const maxSpanMs = 24 * 3_600_000;
const maxAgeMs = 14 * 24 * 3_600_000;
const maxAheadMs = 2 * 3_600_000;
/** Our clock and AWS's may differ, and a request takes its time. */
const marginMs = 5 * 60_000;

const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const cloudwatchLogs = defineOutput({
  kind: 'cloudwatch-logs',
  about: 'Writes alerts as JSON events to a CloudWatch Logs stream, making group and stream where they are missing.',
  config: z.strictObject({
    log_group: z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/, 'letters, digits and . - _ / # only'),
    log_stream: z
      .string()
      .regex(/^[^:*]{1,512}$/, 'anything but : and *')
      .default('falco-elb-sidekick'),
    create: z.boolean().default(true).describe('Make the group and the stream where they are missing'),
    retention_days: z
      .int()
      .refine((days) => retentionDays.includes(days), `one of ${retentionDays.join(', ')}`)
      .optional()
      .describe('Set on a group that this output makes; by default events never expire'),
    max_alerts: z
      .int()
      .min(1)
      .max(maxEvents)
      .default(100)
      .describe('Most alerts in one call, which is also how many may come twice after a crash'),
    ...awsConfig,
  }),
  batch: ({ max_alerts }) => ({ maxAlerts: max_alerts, maxBytes, maxWaitMs: 1000 }),
  async open({ log_group, log_stream, create, retention_days, ...aws }, { clock }) {
    const sdk = await import('@aws-sdk/client-cloudwatch-logs');
    const client: CloudWatchLogsClient = new sdk.CloudWatchLogsClient(await outputClient(aws));
    const place = { logGroupName: log_group, logStreamName: log_stream };

    const make = async (signal: AbortSignal): Promise<void> => {
      const unlessThere = async (making: Promise<unknown>): Promise<boolean> => {
        try {
          await making;
          return true;
        } catch (error) {
          if (error instanceof sdk.ResourceAlreadyExistsException) return false;
          throw error;
        }
      };
      const options = { abortSignal: signal };
      const isNew = await unlessThere(client.send(new sdk.CreateLogGroupCommand({ logGroupName: log_group }), options));
      if (isNew && retention_days !== undefined)
        await client.send(
          new sdk.PutRetentionPolicyCommand({ logGroupName: log_group, retentionInDays: retention_days }),
          options,
        );
      await unlessThere(client.send(new sdk.CreateLogStreamCommand(place), options));
    };

    const put = async (events: readonly InputLogEvent[], signal: AbortSignal): Promise<PutLogEventsCommandOutput> => {
      const command = new sdk.PutLogEventsCommand({ ...place, logEvents: [...events] });
      try {
        return await client.send(command, { abortSignal: signal });
      } catch (error) {
        if (!create || !(error instanceof sdk.ResourceNotFoundException)) throw error;
        await make(signal);
        return client.send(command, { abortSignal: signal });
      }
    };

    /** Puts one chunk. What is refused for its time alone is sent again with the time of now; its JSON keeps the alert's own. */
    const putWhole = async (events: readonly Event[], signal: AbortSignal): Promise<Outcome> => {
      try {
        const { rejectedLogEventsInfo: refused } = await put(events, signal);
        const old = Math.max(refused?.tooOldLogEventEndIndex ?? 0, refused?.expiredLogEventEndIndex ?? 0);
        const ahead = refused?.tooNewLogEventStartIndex ?? events.length;
        const again = events.filter((_event, index) => index < old || index >= ahead);
        if (again.length === 0) return done;
        const timestamp = clock.now();
        const second = await put(
          again.map(({ message }) => ({ message, timestamp })),
          signal,
        );
        return second.rejectedLogEventsInfo === undefined
          ? done
          : reject(new Error('CloudWatch Logs refuses the event for its time, and with the current time as well'));
      } catch (error) {
        if (error instanceof sdk.DataAlreadyAcceptedException) return done;
        return awsOutcome(error, clock.now());
      }
    };

    return {
      async send(alerts, signal) {
        const outcomes: Outcome[] = [];
        const events: Event[] = [];
        const nowMs = clock.now();
        for (const [index, alert] of alerts.entries()) {
          const message = encodeAlert(alert);
          const bytes = Buffer.byteLength(message) + bytesPerEvent;
          if (bytes > maxBytes) outcomes[index] = tooLarge(bytes);
          else events.push({ index, message, bytes, timestamp: timestampOf(alert.time, nowMs) });
        }
        for (const chunk of chunksOf(events)) {
          const outcome = await putWhole(chunk, signal);
          for (const { index } of chunk) outcomes[index] = outcome;
        }
        return outcomes;
      },
      async probe(signal) {
        await client
          .send(new sdk.DescribeLogStreamsCommand({ logGroupName: log_group, limit: 1 }), { abortSignal: signal })
          .catch((error: unknown) => {
            if (create && error instanceof sdk.ResourceNotFoundException) return;
            throw error;
          });
      },
      close: async () => client.destroy(),
    };
  },
});

interface Event extends InputLogEvent {
  readonly index: number;
  readonly message: string;
  readonly bytes: number;
  readonly timestamp: number;
}

function tooLarge(bytes: number): Outcome {
  return reject(new Error(`the alert takes ${bytes} bytes, CloudWatch Logs takes events of at most ${maxBytes}`));
}

/** The alert's own time where CloudWatch Logs takes it (14 days back, 2 hours ahead), else the current one. */
function timestampOf(time: string, nowMs: number): number {
  const ms = Date.parse(time);
  const isTaken = ms >= nowMs - maxAgeMs + marginMs && ms <= nowMs + maxAheadMs - marginMs;
  return isTaken ? ms : nowMs;
}

/** In order of time, each chunk within the limits of one call. */
function* chunksOf(events: readonly Event[]): Generator<readonly Event[]> {
  const inOrder = [...events].sort((a, b) => a.timestamp - b.timestamp);
  let chunk: Event[] = [];
  let bytes = 0;
  for (const event of inOrder) {
    const first = chunk[0];
    const fits =
      chunk.length < maxEvents &&
      bytes + event.bytes <= maxBytes &&
      event.timestamp - (first ?? event).timestamp < maxSpanMs;
    if (!fits) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(event);
    bytes += event.bytes;
  }
  if (chunk.length > 0) yield chunk;
}
