import { expect, test } from 'vitest';
import { chaosDeliver } from './deliver.ts';

test('with a third of all requests failing and kill -9 twice, nothing accepted is lost, and S3 has no id twice', async () => {
  const result = await chaosDeliver({ alerts: 2000, kills: 2, failing: 0.3, seed: 42, say: () => undefined });
  expect(result.accepted).toBe(2000);
  expect(result.lost).toEqual({ 'cloudwatch-logs': 0, s3: 0, webhook: 0, slack: 0 });
  expect(result.doubled['s3']).toBe(0);
  expect(result.kills).toBe(2);
  expect(result.failures).toBeGreaterThan(0);
}, 120_000);
