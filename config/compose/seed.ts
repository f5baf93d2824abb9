import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { atTime, keyAtTime } from './redate.ts';

/**
 * Stands in for load balancers and for who set AWS up: makes what docs/aws.md says to make, in the AWS of AWS_ENDPOINT_URL,
 * then delivers the sample logs under the keys of now, one object every SEED_EVERY_SECONDS, until it is stopped. The bucket
 * tells the queue of each object, as S3 does. Answers SIGTERM at once: nothing here is worth keeping.
 */
const region = process.env['AWS_REGION'] ?? 'eu-central-1';
const endpoint = process.env['AWS_ENDPOINT_URL'] ?? 'http://127.0.0.1:5000';
const everyMs = Number(process.env['SEED_EVERY_SECONDS'] ?? 5) * 1000;
const samples = join(import.meta.dirname, '../../samples');
/** There once the first logs are delivered: the container's health check looks for it. */
const seeded = join(tmpdir(), 'seeded');

const logsBucket = 'elb-logs';
const s3 = new S3Client({ region, endpoint, forcePathStyle: true });
const sqs = new SQSClient({ region, endpoint });
const cloudwatch = new CloudWatchLogsClient({ region, endpoint });

/** A restarted seeder finds what it made. */
async function unlessThere(making: Promise<unknown>): Promise<void> {
  try {
    await making;
  } catch (error) {
    if (!(error instanceof Error) || !/AlreadyExists|AlreadyOwned/.test(error.name)) throw error;
  }
}

async function makeQueue(name: string, attributes: Record<string, string>): Promise<string> {
  const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return answer.Attributes?.['QueueArn'] ?? '';
}

async function setUp(): Promise<void> {
  for (const bucket of [logsBucket, 'elb-alerts']) {
    const location = { LocationConstraint: 'eu-central-1' } as const;
    await unlessThere(s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: location })));
  }
  await unlessThere(cloudwatch.send(new CreateLogGroupCommand({ logGroupName: '/falco/alerts' })));
  const dead = await makeQueue('elb-logs-dead', {});
  const queue = await makeQueue('elb-logs', {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: '10' }),
  });
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: logsBucket,
      NotificationConfiguration: { QueueConfigurations: [{ QueueArn: queue, Events: ['s3:ObjectCreated:*'] }] },
    }),
  );
}

/** The sample objects, those of all load balancers in turn, in the order in which they appeared. */
function sampleLogs(): readonly { readonly key: string; readonly text: string }[] {
  return readdirSync(samples, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.log(\.gz)?$/.test(path))
    .sort((a, b) => basename(a).localeCompare(basename(b)))
    .map((key) => {
      const bytes = readFileSync(join(samples, key));
      return { key, text: (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1') };
    });
}

async function put(key: string, text: string): Promise<void> {
  const body = Buffer.from(text, 'latin1');
  await s3.send(
    new PutObjectCommand({ Bucket: logsBucket, Key: key, Body: key.endsWith('.gz') ? gzipSync(body) : body }),
  );
}

const lookHere = `
  Logs arrive every ${everyMs / 1000} s. Where to look:
    the page         http://127.0.0.1:2801/  (log in with the token demo)
    CloudWatch Logs  AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo aws --region ${region} --endpoint-url http://127.0.0.1:5000 logs tail /falco/alerts --follow
    S3               AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo aws --region ${region} --endpoint-url http://127.0.0.1:5000 s3 ls --recursive s3://elb-alerts/
    without the CLI  curl 'http://127.0.0.1:5000/elb-alerts?list-type=2'
`;

process.once('SIGTERM', () => process.exit(0));
await setUp();
// What AWS puts into a bucket when access logs are enabled.
await put('AWSLogs/111122223333/ELBAccessLogTestFile', 'Enable AccessLog for ELB: shop-prod at the time of now');
const logs = sampleLogs();
for (let delivered = 0; ; delivered++) {
  const sample = logs[delivered % logs.length];
  if (sample === undefined) throw new Error(`there are no logs in ${samples}`);
  const nowMs = Date.now();
  const key = keyAtTime(sample.key, nowMs);
  await put(key, atTime(sample.text, nowMs));
  process.stdout.write(`delivered s3://${logsBucket}/${key}\n`);
  writeFileSync(seeded, '');
  if (delivered === 3 || delivered % 60 === 59) process.stdout.write(`${lookHere}\n`);
  await delay(everyMs);
}
