import { expect, onTestFinished, test } from 'vitest';
import { encodeAlert } from '../../../src/alert/falco-json.ts';
import { sns } from '../../../src/deliver/outputs/sns.ts';
import { describeOutput } from '../../contracts/describe-output.ts';
import { anAlert, someAlerts } from '../../support/alerts.ts';
import { startAwsReceiver } from '../../support/aws-receiver.ts';
import { outputTools } from '../../support/output-tools.ts';

const topic_arn = 'arn:aws:sns:eu-west-1:000000000000:alerts';

describeOutput('sns', {
  kind: sns,
  start: startAwsReceiver,
  config: (endpoint) => ({ topic_arn, region: 'eu-west-1', endpoint }),
  secrets: ['emulator'],
  statuses: { 400: 'retry', 403: 'retry', 429: 'retry', 500: 'retry', 503: 'retry' },
  tooLarge: { alert: anAlert('huge', { output: 'x'.repeat(262_144) }), says: /takes \d+ bytes/ },
});

test.each(['json', 'text'] as const)('alerts are published as %s', async (format) => {
  const aws = await startAwsReceiver();
  onTestFinished(() => aws.stop());
  const output = await sns.open(
    sns.config.parse({ topic_arn: aws.topicArn, format, region: 'eu-west-1', endpoint: aws.endpoint }),
    outputTools(),
  );
  const outcomes = await output.send(someAlerts(13), new AbortController().signal);
  expect(outcomes.map(({ kind }) => kind)).toEqual(Array(13).fill('done'));
  const bodies = (await aws.take(aws.subscribedUrl)).map(({ Body = '' }) => Body).sort();
  expect(bodies).toEqual(
    someAlerts(13)
      .map((alert) => (format === 'json' ? encodeAlert(alert) : alert.output))
      .sort(),
  );
  await output.close?.();
});

test('a topic whose MaximumMessageSize was raised takes larger alerts when the config says so', async () => {
  const aws = await startAwsReceiver();
  onTestFinished(() => aws.stop());
  const outcomes = async (bytes: number) => {
    const config = sns.config.parse({
      topic_arn: aws.topicArn,
      max_bytes: 8_192,
      region: 'eu-west-1',
      endpoint: aws.endpoint,
    });
    const output = await sns.open(config, outputTools());
    const alert = anAlert('sized', { output: '' });
    const room = bytes - 2_048 - Buffer.byteLength(encodeAlert(alert));
    const sized = { ...alert, output: 'x'.repeat(room) };
    return (await output.send([sized], new AbortController().signal)).map(({ kind }) => kind);
  };
  expect(await outcomes(8_192)).toEqual(['done']);
  expect(await outcomes(8_193)).toEqual(['reject']);
  expect(() => sns.config.parse({ topic_arn, max_bytes: 1_048_577 })).toThrow();
  expect(sns.config.parse({ topic_arn, max_bytes: 1_048_576 }).max_bytes).toBe(1_048_576);
});
