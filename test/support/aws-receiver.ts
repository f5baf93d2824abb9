import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type AwsEmulator, emulatorKinds } from './aws-emulator.ts';

/** An emulator with one bucket, queues and topics to write to, and eyes to see what arrived. */
export interface AwsReceiver extends AwsEmulator {
  readonly bucket: string;
  readonly topicArn: string;
  readonly queueUrl: string;
  readonly fifoUrl: string;
  /** A queue that is subscribed to the topic. */
  readonly subscribedUrl: string;
  /** Every object of the bucket: key → body as stored, and its content type. */
  objects(): Promise<Map<string, StoredObject>>;
  /** Takes what is in a queue now. */
  take(queueUrl: string): Promise<Message[]>;
}

interface StoredObject {
  readonly body: Uint8Array;
  readonly type: string | undefined;
}

const region = 'eu-west-1';

export async function startAwsReceiver(): Promise<AwsReceiver> {
  const [fauxqs] = emulatorKinds;
  if (fauxqs === undefined) throw new Error('no emulator');
  const emulator = await fauxqs.start();
  const { endpoint } = emulator;
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true });
  const sqs = new SQSClient({ endpoint, region });
  const sns = new SNSClient({ endpoint, region });
  const bucket = 'alerts';
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const makeQueue = async (name: string, attributes: Record<string, string> = {}): Promise<string> => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    return QueueUrl;
  };
  const queueUrl = await makeQueue('alerts');
  const fifoUrl = await makeQueue('alerts.fifo', { FifoQueue: 'true' });
  const subscribedUrl = await makeQueue('subscribed');
  const { TopicArn: topicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:${region}:000000000000:${subscribedUrl.split('/').at(-1)}`,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  return {
    endpoint,
    bucket,
    topicArn,
    queueUrl,
    fifoUrl,
    subscribedUrl,
    async objects() {
      const found = new Map<string, StoredObject>();
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      for (const { Key = '' } of Contents) {
        const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
        const body = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
        found.set(Key, { body, type: object.ContentType });
      }
      return found;
    },
    async take(QueueUrl) {
      const taken: Message[] = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
        );
        if (Messages.length === 0) return taken;
        taken.push(...Messages);
        for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    },
    async stop() {
      for (const client of [s3, sqs, sns]) client.destroy();
      await emulator.stop();
    },
  };
}
