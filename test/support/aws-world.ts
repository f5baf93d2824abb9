import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { albLine } from './alb-line.ts';

/** The load balancers' side of AWS: delivers logs to a bucket and tells a queue of them, as S3 does (no emulator does it). */
export interface AwsWorld {
  readonly region: string;
  readonly queueUrl: string;
  readonly deadLettersUrl: string;
  readonly bucket: string;
  put(key: string, body: string | Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  send(body: string): Promise<void>;
  /** Sends S3's event of an object that is there. */
  notify(key: string, size: number): Promise<void>;
  /** Puts an object and sends S3's event of it. */
  deliver(key: string, body?: string | Uint8Array): Promise<void>;
  /** Messages in a queue, hidden ones included. */
  left(queueUrl: string): Promise<number>;
  /** Takes what is in a queue now. */
  take(queueUrl: string): Promise<string[]>;
  close(): void;
}

let worlds = 0;

/** A bucket and a queue with a dead-letter queue of their own; `maxReceives` 0 is a queue without one. */
export async function makeAwsWorld(endpoint: string, maxReceives = 3): Promise<AwsWorld> {
  const number = ++worlds;
  const region = 'eu-west-1';
  const retries = { maxAttempts: 3 };
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true, ...retries });
  const sqs = new SQSClient({ endpoint, region, ...retries });
  const bucket = `elb-logs-${number}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
  const makeQueue = async (name: string, attributes: Record<string, string>): Promise<string> => {
    const made = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    return made.QueueUrl ?? '';
  };
  const policy = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
    ],
  });
  const deadLettersUrl = await makeQueue(`elb-logs-${number}-dead`, {});
  const { Attributes: dead } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLettersUrl, AttributeNames: ['QueueArn'] }),
  );
  const redrive = JSON.stringify({ deadLetterTargetArn: dead?.QueueArn, maxReceiveCount: String(maxReceives) });
  const queueUrl = await makeQueue(`elb-logs-${number}`, {
    Policy: policy,
    ...(maxReceives === 0 ? {} : { RedrivePolicy: redrive }),
  });

  const put = async (key: string, body: string | Uint8Array): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }));
  };
  const send = async (body: string): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
  };
  return {
    region,
    queueUrl,
    deadLettersUrl,
    bucket,
    put,
    send,
    async remove(key) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    notify: (key, size) => send(s3Event(bucket, { key, size })),
    async deliver(key, body = gzipSync(`${albLine()}\n`)) {
      await put(key, body);
      await send(s3Event(bucket, { key, size: body.length }));
    },
    async left(url) {
      const { Attributes: found } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return Number(found?.ApproximateNumberOfMessages) + Number(found?.ApproximateNumberOfMessagesNotVisible);
    },
    async take(url) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
      );
      return messages.map(({ Body: body }) => body ?? '');
    },
    close() {
      s3.destroy();
      sqs.destroy();
    },
  };
}

/** The key of an ALB log, as AWS writes it. */
export function albKey(part: { account?: string; lb?: string; at?: string; random?: string } = {}): string {
  const {
    account = '123456789012',
    lb = 'app.web.50dc6c495c0c9188',
    at = '20261121T0005Z',
    random = '20sg8hgm',
  } = part;
  const day = `${at.slice(0, 4)}/${at.slice(4, 6)}/${at.slice(6, 8)}`;
  const file = `${account}_elasticloadbalancing_eu-west-1_${lb}_${at}_10.0.0.1_${random}.log.gz`;
  return `AWSLogs/${account}/elasticloadbalancing/eu-west-1/${day}/${file}`;
}

/** S3's own event for objects that were just put. Keys are written as HTML forms write them. */
export function s3Event(bucket: string, ...objects: { key: string; size?: number; eventName?: string }[]): string {
  const records = objects.map(({ key, size = 1, eventName = 'ObjectCreated:Put' }) => ({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-west-1',
    eventTime: '2026-11-21T00:07:02.000Z',
    eventName,
    s3: {
      s3SchemaVersion: '1.0',
      bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: formEncoded(key),
        size,
        eTag: 'd41d8cd98f00b204e9800998ecf8427e',
        sequencer: '0055AED6DCD90281E5',
      },
    },
  }));
  return JSON.stringify({ Records: records });
}

export function throughSns(message: string): string {
  return JSON.stringify({
    Type: 'Notification',
    TopicArn: 'arn:aws:sns:eu-west-1:123456789012:logs',
    Message: message,
  });
}

export function eventBridgeEvent(bucket: string, key: string, size = 1): string {
  return JSON.stringify({
    version: '0',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    time: '2026-11-21T00:07:02Z',
    region: 'eu-west-1',
    detail: { version: '0', bucket: { name: bucket }, object: { key, size, etag: 'e' }, reason: 'PutObject' },
  });
}

function formEncoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}
