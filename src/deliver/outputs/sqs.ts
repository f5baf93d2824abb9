import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { encodeAlert } from '../../alert/falco-json.ts';
import { awsConfig } from '../../aws/client.ts';
import { sendInBatches } from './aws-batch.ts';
import { outputClient } from './aws.ts';
import { defineOutput } from './output.ts';

/** The most that SQS takes in one message and in one batch, attributes included (1 MiB since August 2025). */
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
      MessageAttributes: {
        rule: { DataType: 'String', StringValue: attribute(alert.rule) },
        priority: { DataType: 'String', StringValue: alert.priority },
        source: { DataType: 'String', StringValue: attribute(alert.source) },
      },
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

/** SQS takes no empty attribute and only the characters that XML 1.0 has. */
function attribute(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .slice(0, 256);
  return clean === '' ? '-' : clean.toWellFormed();
}
