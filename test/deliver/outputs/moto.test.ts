import { gunzipSync } from 'node:zlib';
import { CloudWatchLogsClient, DescribeLogGroupsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeAlert } from '../../../src/alert/falco-json.ts';
import { cloudwatchLogs } from '../../../src/deliver/outputs/cloudwatch-logs.ts';
import type { OutputKind } from '../../../src/deliver/outputs/output.ts';
import { s3 } from '../../../src/deliver/outputs/s3.ts';
import { sns } from '../../../src/deliver/outputs/sns.ts';
import { sqs } from '../../../src/deliver/outputs/sqs.ts';
import { anAlert } from '../../support/alerts.ts';
import { type AwsEmulator, moto, titleOf } from '../../support/aws-emulator.ts';
import { outputTools } from '../../support/output-tools.ts';

const region = 'eu-west-1';
/** Of now: CloudWatch Logs takes 14 days, and moto looks at its clock. */
const alerts = Array.from({ length: 25 }, (_, n) =>
  anAlert(n, { time: new Date(Date.now() - 1000 * n).toISOString().replace('Z', '000000Z') }),
);
const texts = alerts.map(encodeAlert).sort();

describe.skipIf(moto.missing !== undefined)(titleOf('outputs of AWS against an independent server', moto), () => {
  let emulator: AwsEmulator;
  let there: { readonly endpoint: string; readonly region: string };

  beforeAll(async () => {
    emulator = await moto.start();
    there = { endpoint: emulator.endpoint, region };
  }, 60_000);
  afterAll(() => emulator?.stop());

  const send = async (kind: OutputKind, config: object): Promise<void> => {
    const output = await kind.open(kind.config.parse({ ...there, ...config }), outputTools());
    const signal = new AbortController().signal;
    await output.probe(signal);
    const outcomes = await output.send(alerts, signal);
    expect(outcomes.map(({ kind: each }) => each)).toEqual(alerts.map(() => 'done'));
    await output.close?.();
  };
  it('CloudWatch Logs: makes group, retention and stream, and writes every event in order of time', async () => {
    await send(cloudwatchLogs, { log_group: '/falco/alerts', log_stream: 's', retention_days: 30 });
    const client = new CloudWatchLogsClient(there);
    const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/falco' }));
    expect(logGroups).toMatchObject([{ logGroupName: '/falco/alerts', retentionInDays: 30 }]);
    const { events = [] } = await client.send(
      new GetLogEventsCommand({ logGroupName: '/falco/alerts', logStreamName: 's', startFromHead: true }),
    );
    expect(events.map(({ message = '' }) => message).sort()).toEqual(texts);
    const times = events.map(({ timestamp = 0 }) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    client.destroy();
  });

  it('S3: writes gzipped NDJSON once, however often it is sent', async () => {
    const client = new S3Client({ ...there, forcePathStyle: true });
    await client.send(
      new CreateBucketCommand({ Bucket: 'alerts', CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    for (let times = 0; times < 2; times++) await send(s3, { bucket: 'alerts', path_style: true });
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'alerts', Prefix: 'falco/date=' }));
    const lines: string[] = [];
    for (const { Key } of Contents) {
      const { Body, ChecksumCRC32 } = await client.send(
        new GetObjectCommand({ Bucket: 'alerts', Key, ChecksumMode: 'ENABLED' }),
      );
      expect(ChecksumCRC32).toBeDefined();
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      lines.push(...gunzipSync(bytes).toString('utf8').trimEnd().split('\n'));
    }
    expect(lines.sort()).toEqual(texts);
    client.destroy();
  });

  it('SQS: sends every alert, with what filters ask for; a FIFO queue takes none twice', async () => {
    const client = new SQSClient(there);
    const { QueueUrl: queue_url = '' } = await client.send(new CreateQueueCommand({ QueueName: 'alerts' }));
    await send(sqs, { queue_url });
    const messages = await takeAll(client, queue_url);
    expect(messages.map(({ Body = '' }) => Body).sort()).toEqual(texts);
    expect(messages[0]?.MessageAttributes?.['priority']?.StringValue).toBe(alerts[0]?.priority);
    const { QueueUrl: fifo = '' } = await client.send(
      new CreateQueueCommand({ QueueName: 'alerts.fifo', Attributes: { FifoQueue: 'true' } }),
    );
    for (let times = 0; times < 2; times++) await send(sqs, { queue_url: fifo });
    const once: (string | undefined)[] = (await takeAll(client, fifo)).map(({ Body }) => Body);
    expect(new Set(once).size).toBe(once.length);
    client.destroy();
  });

  it('SNS: publishes every alert to a topic', async () => {
    const topics = new SNSClient(there);
    const queues = new SQSClient(there);
    const { TopicArn: topic_arn = '' } = await topics.send(new CreateTopicCommand({ Name: 'alerts' }));
    const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: 'subscribed' }));
    await topics.send(
      new SubscribeCommand({
        TopicArn: topic_arn,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:${region}:123456789012:subscribed`,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    await send(sns, { topic_arn });
    expect((await takeAll(queues, QueueUrl)).map(({ Body = '' }) => Body).sort()).toEqual(texts);
    topics.destroy();
    queues.destroy();
  });
});

/** All messages of a queue; moto hands out ten at a time. */
async function takeAll(client: SQSClient, QueueUrl: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return messages;
    messages.push(...Messages);
  }
}
