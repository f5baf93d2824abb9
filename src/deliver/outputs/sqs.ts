import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { encodeAlert } from '../../alert/falco-json.ts';
import { awsConfig } from '../../aws/client.ts';
import { alertAttributes, sendInBatches } from './aws-batch.ts';
import { outputClient } from './aws.ts';
import { defineOutput } from './output.ts';

// docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html: one message and a whole batch, attributes
// included, are at most 1 MiB. A queue's own MaximumMessageSize may be less: it refuses what is larger, and says so.
const maxBytes = 1_048_576;
const attributeBytes = 2048;

export const sqs = defineOutput({
  kind: 'sqs',
  about: 'Sends alerts as JSON messages to an SQS queue, standard or FIFO.',
  config: z.strictObject({
    queue_url: z
      .url({ protocol: /^https?$/ })
      .describe('A name ending in .fifo makes the alert’s id its deduplication id'),
    group_id: z.string().min(1).max(128).default('falco').describe('Message group of a FIFO queue'),
    ...awsConfig,
  }),
  batch: () => ({ maxAlerts: 10, maxBytes: 900_000, maxWaitMs: 200 }),
  async open({ queue_url, group_id, ...aws }, { clock }) {
    const sdk = await import('@aws-sdk/client-sqs');
    const client = new sdk.SQSClient(await outputClient(aws));
    const isFifo = queue_url.endsWith('.fifo');

    const entry = (alert: Alert, index: number) => ({
      Id: String(index),
      MessageBody: encodeAlert(alert),
      MessageAttributes: alertAttributes(alert),
      ...(isFifo ? { MessageGroupId: group_id, MessageDeduplicationId: alert.id } : {}),
    });

    return {
      send(alerts, signal) {
        const entries = alerts
          .map(entry)
          .map((each) => ({ entry: each, bytes: Buffer.byteLength(each.MessageBody) + attributeBytes }));
        const call = (Entries: ReturnType<typeof entry>[]) =>
          client.send(new sdk.SendMessageBatchCommand({ QueueUrl: queue_url, Entries }), { abortSignal: signal });
        return sendInBatches(entries, maxBytes, call, () => clock.now());
      },
      async probe(signal) {
        await client.send(new sdk.GetQueueAttributesCommand({ QueueUrl: queue_url, AttributeNames: ['QueueArn'] }), {
          abortSignal: signal,
        });
      },
      close: async () => client.destroy(),
    };
  },
});
