import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { encodeAlert } from '../../alert/falco-json.ts';
import { s3Config } from '../../aws/client.ts';
import { durationMs } from '../../base/config-values.ts';
import { done, type Outcome } from '../../base/outcome.ts';
import { awsOutcome, outputClient } from './aws.ts';
import { defineOutput } from './output.ts';

const compress = promisify(gzip);

/** Objects that are put at once. */
const atOnce = 8;

export const s3 = defineOutput({
  kind: 's3',
  about:
    'Writes alerts to S3 as gzipped NDJSON in Hive-style partitions by event time, or one object an alert as falcosidekick does.',
  config: z.strictObject({
    bucket: z.string().min(3),
    prefix: z
      .string()
      .regex(/^[^/]((.*[^/])?)$|^$/, 'neither a leading nor a trailing /')
      .default('falco'),
    layout: z
      .enum(['batches', 'falcosidekick'])
      .default('batches')
      .describe(
        '`batches`: PREFIX/date=YYYY-MM-DD/hour=HH/….ndjson.gz; `falcosidekick`: PREFIX/YYYY-MM-DD/TIME-ID.json',
      ),
    max_alerts: z.int().min(1).max(100_000).default(10_000).describe('Most alerts in one batch'),
    max_wait: durationMs.prefault('60s').describe('How long a batch may wait to fill'),
    storage_class: z
      .string()
      .regex(/^[A-Z_]+$/)
      .optional(),
    kms_key_id: z.string().optional().describe('Encrypt with this KMS key (SSE-KMS)'),
    ...s3Config,
  }),
  // 32 MB of JSON are about 3 MB gzipped; the courier holds one batch in memory.
  batch: ({ max_alerts, max_wait }) => ({
    maxAlerts: max_alerts,
    maxBytes: 32 * 1_048_576,
    maxWaitMs: max_wait,
    sameOnRetry: true,
  }),
  async open({ bucket, prefix, layout, path_style, storage_class, kms_key_id, ...aws }, { clock }) {
    const sdk = await import('@aws-sdk/client-s3');
    const client = new sdk.S3Client({ ...(await outputClient(aws)), forcePathStyle: path_style });
    const storage = Object.values(sdk.StorageClass).find((each) => each === storage_class);
    if (storage_class !== undefined && storage === undefined)
      throw new Error(
        `storage_class: there is no ${storage_class}; write one of ${Object.values(sdk.StorageClass).join(', ')}`,
      );

    const put = async ({ key, alerts }: Part, signal: AbortSignal): Promise<Outcome> => {
      try {
        const command = new sdk.PutObjectCommand({
          Bucket: bucket,
          Key: prefix === '' ? key : `${prefix}/${key}`,
          ...(layout === 'batches' ? await gzipped(alerts) : plain(alerts)),
          // Buckets with Object Lock take no object without a checksum.
          ChecksumAlgorithm: 'CRC32',
          ...(storage === undefined ? {} : { StorageClass: storage }),
          ...(kms_key_id === undefined ? {} : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kms_key_id }),
        });
        await client.send(command, { abortSignal: signal });
        return done;
      } catch (error) {
        return awsOutcome(error, clock.now());
      }
    };

    return {
      async send(alerts, signal) {
        const outcomes = new Map<string, Outcome>();
        const parts =
          layout === 'batches'
            ? partitions(alerts)
            : alerts.map((alert) => ({ key: singleKey(alert), alerts: [alert] }));
        for (let start = 0; start < parts.length; start += atOnce) {
          await Promise.all(
            parts.slice(start, start + atOnce).map(async (part) => {
              const outcome = await put(part, signal);
              for (const { id } of part.alerts) outcomes.set(id, outcome);
            }),
          );
        }
        return alerts.map(({ id }) => outcomes.get(id) ?? done);
      },
      async probe(signal) {
        await client
          .send(new sdk.HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal })
          .catch((error: unknown) => {
            const why = error instanceof Error ? error.name : String(error);
            throw new Error(`the bucket ${bucket} cannot be used: ${why}`, { cause: error });
          });
      },
      close: async () => client.destroy(),
    };
  },
});

/** The alerts of one object. */
interface Part {
  readonly key: string;
  readonly alerts: readonly Alert[];
}

/** One object for each hour of event time. Its key derives from the ids in it: the same alerts give the same object again. */
function partitions(alerts: readonly Alert[]): Part[] {
  const hours = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const hour = utcHour(alert.time);
    const others = hours.get(hour);
    if (others === undefined) hours.set(hour, [alert]);
    else others.push(alert);
  }
  return [...hours].map(([hour, inHour]) => {
    const name = hash('sha256', inHour.map(({ id }) => id).join('\n'), 'hex').slice(0, 32);
    return { key: `date=${hour.slice(0, 10)}/hour=${hour.slice(11)}/${name}.ndjson.gz`, alerts: inHour };
  });
}

/** `2026-11-20T23`. A time that cannot be read, which the door lets in for nobody, is filed under the epoch. */
function utcHour(time: string): string {
  const ms = Date.parse(time);
  return new Date(Number.isNaN(ms) ? 0 : ms).toISOString().slice(0, 13);
}

/** falcosidekick's layout, with the id behind the time: two alerts of one instant stay two objects. */
function singleKey({ id, time }: Alert): string {
  return `${utcHour(time).slice(0, 10)}/${time.replace(/[^\w.:+-]/g, '_')}-${id}.json`;
}

async function gzipped(alerts: readonly Alert[]) {
  const body = await compress(alerts.map((alert) => `${encodeAlert(alert)}\n`).join(''));
  return { Body: body, ContentType: 'application/x-ndjson', ContentEncoding: 'gzip' };
}

function plain(alerts: readonly Alert[]) {
  return { Body: alerts.map(encodeAlert).join('\n'), ContentType: 'application/json' };
}
