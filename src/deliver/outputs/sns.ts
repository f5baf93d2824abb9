import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { encodeAlert } from '../../alert/falco-json.ts';
import { awsConfig } from '../../aws/client.ts';
import { printable } from '../../base/printable.ts';
import { alertAttributes, sendInBatches } from './aws-batch.ts';
import { outputClient } from './aws.ts';
import { defineOutput } from './output.ts';

// docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html: both one message and a batch, attributes included, are at most the topic's
// MaximumMessageSize, 262,144 bytes where it is not set, up to 1,048,576 (docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html).
const defaultBytes = 262_144;
const attributeBytes = 2048;

export const sns = defineOutput({
  kind: 'sns',
  about: 'Publishes alerts to an SNS topic, as JSON or as Falco’s output line for mail and text messages.',
  config: z.strictObject({
    topic_arn: z
      .string()
      .regex(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/, 'write the topic’s ARN, arn:aws:sns:REGION:ACCOUNT:NAME'),
    format: z.enum(['json', 'text']).default('json'),
    group_id: z.string().min(1).max(128).default('falco').describe('Message group of a FIFO topic'),
    max_bytes: z
      .int()
      .min(8_192)
      .max(1_048_576)
      .default(defaultBytes)
      .describe('The topic’s MaximumMessageSize, where it was raised: larger alerts are refused'),
    ...awsConfig,
  }),
  batch: ({ max_bytes }) => ({ maxAlerts: 10, maxBytes: Math.floor(max_bytes * 0.75), maxWaitMs: 200 }),
  async open({ topic_arn, format, group_id, max_bytes, ...aws }, { clock }) {
    const sdk = await import('@aws-sdk/client-sns');
    const client = new sdk.SNSClient(await outputClient(aws));
    const isFifo = topic_arn.endsWith('.fifo');

    const entry = (alert: Alert, index: number) => ({
      Id: String(index),
      Message: format === 'json' ? encodeAlert(alert) : printable(alert.output),
      ...(format === 'text' ? { Subject: subject(alert) } : {}),
      MessageAttributes: alertAttributes(alert),
      ...(isFifo ? { MessageGroupId: group_id, MessageDeduplicationId: alert.id } : {}),
    });

    return {
      send(alerts, signal) {
        const entries = alerts
          .map(entry)
          .map((each) => ({ entry: each, bytes: Buffer.byteLength(each.Message) + attributeBytes }));
        const call = (PublishBatchRequestEntries: ReturnType<typeof entry>[]) =>
          client.send(new sdk.PublishBatchCommand({ TopicArn: topic_arn, PublishBatchRequestEntries }), {
            abortSignal: signal,
          });
        return sendInBatches(entries, max_bytes, call, () => clock.now());
      },
      async probe(signal) {
        await client.send(new sdk.GetTopicAttributesCommand({ TopicArn: topic_arn }), { abortSignal: signal });
      },
      close: async () => client.destroy(),
    };
  },
});

/** ASCII without controls, at most 100 characters, beginning with a letter (docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
function subject({ priority, rule }: Alert): string {
  return `${priority}: ${rule}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 99);
}
