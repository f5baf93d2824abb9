import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { encodeAlert } from '../../alert/falco-json.ts';
import { awsConfig } from '../../aws/client.ts';
import { printable } from '../../base/printable.ts';
import { sendInBatches } from './aws-batch.ts';
import { outputClient } from './aws.ts';
import { defineOutput } from './output.ts';

/** The most that SNS takes in one message and in one batch. */
const maxBytes = 262_144;
const attributeBytes = 1024;

export const sns = defineOutput({
  kind: 'sns',
  about: 'Publishes alerts to an SNS topic, as JSON or as Falco’s output line for mail and text messages.',
  config: z.strictObject({
    topic_arn: z
      .string()
      .regex(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/, 'write the topic’s ARN, arn:aws:sns:REGION:ACCOUNT:NAME'),
    format: z.enum(['json', 'text']).default('json'),
    group_id: z.string().min(1).max(128).default('falco').describe('Message group of a FIFO topic'),
    ...awsConfig,
  }),
  batch: () => ({ maxAlerts: 10, maxBytes: 200_000, maxWaitMs: 200 }),
  async open({ topic_arn, format, group_id, ...aws }, { clock }) {
    const sdk = await import('@aws-sdk/client-sns');
    const client = new sdk.SNSClient(await outputClient(aws));
    const isFifo = topic_arn.endsWith('.fifo');

    const entry = (alert: Alert, index: number) => ({
      Id: String(index),
      Message: format === 'json' ? encodeAlert(alert) : printable(alert.output),
      ...(format === 'text' ? { Subject: subject(alert) } : {}),
      MessageAttributes: { priority: { DataType: 'String', StringValue: alert.priority } },
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
        return sendInBatches(entries, maxBytes, call, () => clock.now());
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
