import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import type { Alert } from '../../../src/alert/alert.ts';
import { encodeAlert } from '../../../src/alert/falco-json.ts';
import { s3 } from '../../../src/deliver/outputs/s3.ts';
import { describeOutput } from '../../contracts/describe-output.ts';
import { anAlert, someAlerts } from '../../support/alerts.ts';
import { type AwsReceiver, startAwsReceiver } from '../../support/aws-receiver.ts';
import { s3Error, startFaultProxy } from '../../support/fault-proxy.ts';
import { hostileAlerts } from '../../support/hostile-alerts.ts';
import { outputTools } from '../../support/output-tools.ts';

describeOutput('s3', {
  kind: s3,
  start: startAwsReceiver,
  config: (endpoint) => ({ bucket: 'alerts', region: 'eu-west-1', endpoint, path_style: true }),
  secrets: ['emulator'],
  statuses: { 400: 'retry', 403: 'retry', 404: 'retry', 429: 'retry', 500: 'retry', 503: 'retry' },
});

async function setting(config: Partial<z.input<typeof s3.config>> = {}, endpoint?: string) {
  const aws: AwsReceiver = await startAwsReceiver();
  onTestFinished(() => aws.stop());
  const proxy = await startFaultProxy(endpoint ?? aws.endpoint);
  onTestFinished(() => proxy.stop());
  const parsed = s3.config.parse({
    bucket: 'alerts',
    region: 'eu-west-1',
    endpoint: proxy.endpoint,
    path_style: true,
    ...config,
  });
  const output = await s3.open(parsed, outputTools());
  onTestFinished(() => output.close?.());
  const send = async (alerts: readonly Alert[]): Promise<string[]> => {
    const outcomes = await output.send(alerts, new AbortController().signal);
    return outcomes.map(({ kind }) => kind);
  };
  return { aws, proxy, send };
}

const lines = (body: Uint8Array): string[] => gunzipSync(body).toString('utf8').trimEnd().split('\n');

test('a batch becomes one gzipped NDJSON object an hour of event time, in Hive partitions, with a checksum', async () => {
  const { aws, proxy, send } = await setting();
  const alerts = [
    anAlert(1, { time: '2026-11-20T23:59:59.999999999Z' }),
    anAlert(2, { time: '2026-11-21T00:00:00.000000000Z' }),
    anAlert(3, { time: '2026-11-20T23:00:00.000000000Z' }),
  ];
  expect(await send(alerts)).toEqual(['done', 'done', 'done']);
  const objects = await aws.objects();
  const keys = [...objects.keys()];
  expect(keys).toEqual([
    expect.stringMatching(/^falco\/date=2026-11-20\/hour=23\/[0-9a-f]{32}\.ndjson\.gz$/),
    expect.stringMatching(/^falco\/date=2026-11-21\/hour=00\/[0-9a-f]{32}\.ndjson\.gz$/),
  ]);
  const first = objects.get(keys[0] ?? '');
  expect(lines(first?.body ?? new Uint8Array())).toEqual(
    [alerts[0], alerts[2]].map((alert) => alert && encodeAlert(alert)),
  );
  expect(first?.type).toBe('application/x-ndjson');
  // The emulator does not keep this one.
  expect(proxy.seen[0]?.headers['content-encoding']).toBe('gzip');
});

test('every object is put with a checksum: buckets with Object Lock want one', async () => {
  const { proxy, send } = await setting();
  await send(someAlerts(1));
  const put = proxy.seen.find(({ method }) => method === 'PUT');
  expect(put?.headers['x-amz-checksum-crc32']).toMatch(/^[A-Za-z0-9+/]{6}==$/);
});

test('the same batch sent again overwrites its objects: no id is there twice', async () => {
  const { aws, send } = await setting();
  await send(someAlerts(50));
  await send(someAlerts(50));
  const ids = [...(await aws.objects()).values()].flatMap(({ body }) =>
    lines(body).map((line) => (JSON.parse(line) as Alert).id),
  );
  expect(ids).toHaveLength(50);
});

test('when one object fails, only its alerts are tried again, and they make the same object', async () => {
  const { aws, proxy, send } = await setting();
  const alerts = [0, 1, 2, 3].map((n) => anAlert(n, { time: `2026-11-20T0${n % 2}:00:00.000000000Z` }));
  proxy.misbehave(({ method, path }) =>
    method === 'PUT' && path.includes('hour%3D01') ? s3Error(503, 'SlowDown') : undefined,
  );
  expect(await send(alerts)).toEqual(['done', 'retry', 'done', 'retry']);
  proxy.misbehave(() => undefined);
  const again = alerts.filter((_alert, index) => index % 2 === 1);
  expect(await send(again)).toEqual(['done', 'done']);
  expect(await send(again)).toEqual(['done', 'done']);
  expect((await aws.objects()).size).toBe(2);
});

test('falcosidekick’s layout: one object an alert, named by time and id, so that none hides another', async () => {
  const { aws, send } = await setting({ layout: 'falcosidekick', prefix: 'x/y' });
  const alerts = someAlerts(3);
  expect(await send(alerts)).toEqual(['done', 'done', 'done']);
  const objects = await aws.objects();
  expect([...objects.keys()].sort()).toEqual(alerts.map(({ id, time }) => `x/y/2026-11-20/${time}-${id}.json`).sort());
  expect(Buffer.from([...objects.values()][0]?.body ?? []).toString()).toContain('"rule":"Path scan"');
});

test('whatever an attacker wrote, keys stay under the prefix', async () => {
  for (const layout of ['batches', 'falcosidekick'] as const) {
    const { proxy, send } = await setting({ layout });
    await send([...hostileAlerts, anAlert('time', { time: '../../2026' })]);
    const keys = proxy.seen
      .filter(({ method }) => method === 'PUT')
      .map(({ path }) => decodeURIComponent(path.split('?')[0] ?? ''));
    for (const key of keys) expect(key).toMatch(/^\/alerts\/falco\/(date=)?\d{4}-\d\d-\d\d\/(hour=\d\d\/)?[\w.:+-]+$/);
  }
});

test('a missing bucket is told by the probe with its name', async () => {
  const aws = await startAwsReceiver();
  onTestFinished(() => aws.stop());
  const output = await s3.open(
    s3.config.parse({ bucket: 'nowhere', region: 'eu-west-1', endpoint: aws.endpoint, path_style: true }),
    outputTools(),
  );
  await expect(output.probe(new AbortController().signal)).rejects.toThrow('the bucket nowhere cannot be used');
  await output.close?.();
});

test('an unknown storage class is refused before anything is sent', async () => {
  const config = s3.config.parse({ bucket: 'alerts', storage_class: 'CHEAP' });
  await expect(s3.open(config, outputTools())).rejects.toThrow('there is no CHEAP; write one of');
});
