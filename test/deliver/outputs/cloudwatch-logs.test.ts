import { expect, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import type { Alert } from '../../../src/alert/alert.ts';
import { encodeAlert } from '../../../src/alert/falco-json.ts';
import { cloudwatchLogs } from '../../../src/deliver/outputs/cloudwatch-logs.ts';
import type { Output } from '../../../src/deliver/outputs/output.ts';
import { describeOutput } from '../../contracts/describe-output.ts';
import { anAlert, someAlerts } from '../../support/alerts.ts';
import { useEmulatorCredentials } from '../../support/aws-emulator.ts';
import { type CloudWatchLogsStandIn, startCloudWatchLogs } from '../../support/cloudwatch-logs-stand-in.ts';
import { outputTools } from '../../support/output-tools.ts';

useEmulatorCredentials();

const now = Date.parse('2026-11-21T00:00:00Z');
const hour = 3_600_000;
const day = 24 * hour;

describeOutput('cloudwatch-logs', {
  kind: cloudwatchLogs,
  start: () => startCloudWatchLogs(),
  config: (endpoint) => ({ log_group: '/falco/alerts', region: 'eu-west-1', endpoint }),
  secrets: ['emulator'],
  statuses: { 400: 'retry', 403: 'retry', 429: 'retry', 500: 'retry', 503: 'retry' },
  tooLarge: { alert: anAlert('huge', { output: 'x'.repeat(1_048_576) }), says: /takes \d+ bytes/ },
});

async function setting(
  config: Partial<z.input<typeof cloudwatchLogs.config>> = {},
): Promise<{ logs: CloudWatchLogsStandIn; output: Output }> {
  const logs = await startCloudWatchLogs(() => now);
  onTestFinished(() => logs.stop());
  const parsed = cloudwatchLogs.config.parse({
    log_group: 'g',
    log_stream: 's',
    region: 'eu-west-1',
    endpoint: logs.endpoint,
    ...config,
  });
  const output = await cloudwatchLogs.open(
    parsed,
    outputTools({ clock: { now: () => now, sleep: async () => undefined } }),
  );
  onTestFinished(() => output.close?.());
  return { logs, output };
}

async function send(output: Output, alerts: readonly Alert[]): Promise<string[]> {
  const outcomes = await output.send(alerts, new AbortController().signal);
  return outcomes.map(({ kind }) => kind);
}

const at = (n: number, ms: number, parts: Partial<Alert> = {}): Alert =>
  anAlert(n, { time: new Date(ms).toISOString(), ...parts });

test('group and stream are made when they are missing, with the retention, and only then', async () => {
  const { logs, output } = await setting({ retention_days: 30 });
  expect(await send(output, someAlerts(2))).toEqual(['done', 'done']);
  expect(logs.operations).toEqual([
    'PutLogEvents',
    'CreateLogGroup',
    'PutRetentionPolicy',
    'CreateLogStream',
    'PutLogEvents',
  ]);
  expect(logs.groups.get('g')?.retentionInDays).toBe(30);
  expect(await send(output, someAlerts(1, 3))).toEqual(['done']);
  expect(logs.operations.slice(5)).toEqual(['PutLogEvents']);
  expect(
    logs.groups
      .get('g')
      ?.streams.get('s')
      ?.map(({ message }) => message),
  ).toEqual(someAlerts(3).map(encodeAlert));
});

test('the retention of a group that is there already is left alone', async () => {
  const { logs, output } = await setting({ retention_days: 30 });
  logs.groups.get('g');
  const other = await cloudwatchLogs.open(
    cloudwatchLogs.config.parse({ log_group: 'g', log_stream: 'other', region: 'eu-west-1', endpoint: logs.endpoint }),
    outputTools({ clock: { now: () => now, sleep: async () => undefined } }),
  );
  onTestFinished(() => other.close?.());
  await send(other, someAlerts(1));
  await send(output, someAlerts(1));
  expect(logs.groups.get('g')?.retentionInDays).toBeUndefined();
});

test('without `create`, what is missing is a reason to try again', async () => {
  const { logs, output } = await setting({ create: false });
  const [outcome] = await output.send(someAlerts(1), new AbortController().signal);
  expect(outcome).toMatchObject({
    kind: 'retry',
    cause: { message: expect.stringContaining('ResourceNotFoundException') },
  });
  expect(logs.groups.size).toBe(0);
});

test('events go in order of time, split at 24 hours', async () => {
  const { logs, output } = await setting();
  const alerts = [
    at(1, now),
    at(2, now - 30 * hour),
    at(3, now - 6 * hour),
    at(4, now - 30 * hour + 1),
    at(5, now - 24 * hour),
  ];
  expect(await send(output, alerts)).toEqual(['done', 'done', 'done', 'done', 'done']);
  const taken = logs.groups.get('g')?.streams.get('s') ?? [];
  expect(taken.map(({ timestamp }) => timestamp - now)).toEqual([-30 * hour, -30 * hour + 1, -24 * hour, -6 * hour, 0]);
  expect(logs.batches.map(({ events }) => events)).toEqual([3, 2]);
});

const small = (count: number): Alert[] =>
  Array.from({ length: count }, (_, n) => at(n, now, { output: '', fields: {}, tags: [], rule: 'r' }));

test('10,000 events go in one call, 10,001 in two', async () => {
  const { logs, output } = await setting({ max_alerts: 10_000 });
  await send(output, small(1));
  const each = logs.batches[0]?.bytes ?? 0;
  expect(10_000 * each).toBeGreaterThan(1_048_576);
  const outcomes = await send(output, small(10_001));
  expect(outcomes.filter((kind) => kind === 'done')).toHaveLength(10_001);
  const most = Math.floor(1_048_576 / each);
  expect(logs.batches.slice(1).map(({ events }) => events)).toEqual(
    [most, most, 10_001 - 2 * most].filter((count) => count > 0),
  );
});

test('one event as large as a call fits, one byte more does not', async () => {
  const { output } = await setting();
  const base = Buffer.byteLength(encodeAlert(at(1, now, { output: '' })));
  const sized = (n: number, bytes: number): Alert => at(n, now, { output: 'x'.repeat(bytes - base) });
  expect(await send(output, [sized(1, 1_048_576 - 26)])).toEqual(['done']);
  expect(await send(output, [sized(1, 1_048_576 - 25), at(2, now)])).toEqual(['reject', 'done']);
});

test('an alert of old logs, or from the future, goes with the current time and keeps its own inside', async () => {
  const { logs, output } = await setting();
  const alerts = [at(1, now - 15 * day), at(2, now + 3 * hour), at(3, now - day), anAlert(4, { time: 'when?' })];
  expect(await send(output, alerts)).toEqual(['done', 'done', 'done', 'done']);
  const taken = (logs.groups.get('g')?.streams.get('s') ?? []).map(({ timestamp, message }) => [
    timestamp - now,
    (JSON.parse(message) as Alert).time,
  ]);
  expect(taken).toEqual([
    [-day, alerts[2]?.time],
    [0, alerts[0]?.time],
    [0, alerts[1]?.time],
    [0, 'when?'],
  ]);
});

test('what the service refuses for its time, such as a group’s short retention, goes with the current time', async () => {
  const { logs, output } = await setting({ retention_days: 1 });
  expect(await send(output, [at(1, now - 2 * day), at(2, now - 2 * day + 1), at(3, now)])).toEqual([
    'done',
    'done',
    'done',
  ]);
  expect(
    logs.groups
      .get('g')
      ?.streams.get('s')
      ?.map(({ timestamp }) => timestamp - now),
  ).toEqual([0, 0, 0]);
});
