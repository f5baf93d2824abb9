import { expect, onTestFinished, test } from 'vitest';
import { encodeAlert } from '../../../src/alert/falco-json.ts';
import { sqs } from '../../../src/deliver/outputs/sqs.ts';
import { describeOutput } from '../../contracts/describe-output.ts';
import { anAlert, someAlerts } from '../../support/alerts.ts';
import { startAwsReceiver } from '../../support/aws-receiver.ts';
import { outputTools } from '../../support/output-tools.ts';

let queue_url = 'http://sqs.eu-west-1.localhost/000000000000/alerts';

describeOutput('sqs', {
  kind: sqs,
  async start() {
    const aws = await startAwsReceiver();
    queue_url = aws.queueUrl;
    return aws;
  },
  config: (endpoint) => ({ queue_url, region: 'eu-west-1', endpoint }),
  secrets: ['emulator'],
  statuses: { 400: 'retry', 403: 'retry', 429: 'retry', 500: 'retry', 503: 'retry' },
  tooLarge: { alert: anAlert('huge', { output: 'x'.repeat(1_048_576) }), says: /takes \d+ bytes/ },
});

test('alerts arrive as JSON with rule, priority and source as attributes', async () => {
  const aws = await startAwsReceiver();
  onTestFinished(() => aws.stop());
  const config = sqs.config.parse({
    queue_url: aws.queueUrl,
    region: 'eu-west-1',
    endpoint: aws.endpoint,
  });
  const output = await sqs.open(config, outputTools());
  const outcomes = await output.send(someAlerts(23), new AbortController().signal);
  expect(outcomes.map(({ kind }) => kind)).toEqual(Array(23).fill('done'));
  const messages = await aws.take(aws.queueUrl);
  expect(messages.map(({ Body = '' }) => Body).sort()).toEqual(someAlerts(23).map(encodeAlert).sort());
  expect(messages[0]?.MessageAttributes).toMatchObject({
    rule: { StringValue: 'Path scan' },
    priority: { StringValue: 'Warning' },
    source: { StringValue: 'awselb' },
  });
  await output.close?.();
});

test('in a FIFO queue a repeated alert is there once', async () => {
  const aws = await startAwsReceiver();
  onTestFinished(() => aws.stop());
  const config = sqs.config.parse({
    queue_url: aws.fifoUrl,
    region: 'eu-west-1',
    endpoint: aws.endpoint,
  });
  const output = await sqs.open(config, outputTools());
  await output.send(someAlerts(5), new AbortController().signal);
  await output.send(someAlerts(5), new AbortController().signal);
  expect(await aws.take(aws.fifoUrl)).toHaveLength(5);
  await output.close?.();
});
