import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasonToSkip } from '../../../src/detect/sources/elb-key.ts';
import { albKey } from '../../support/aws-world.ts';
import { shared, sharedExists } from '../../support/shared.ts';

const file = albKey().slice(albKey().lastIndexOf('/') + 1);

describe('the key of an ELB log', () => {
  it.each([albKey(), `team/a/${albKey()}`, file, `moved/${file}`, 'x/elasticloadbalancing/y/renamed.log.gz'])(
    '%s is read',
    (key) => {
      expect(reasonToSkip(key)).toBeUndefined();
    },
  );

  it.each([
    ['AWSLogs/123456789012/ELBAccessLogTestFile', 'the test file that AWS writes when logging is switched on'],
    ['p/AWSLogs/123456789012/ELBConnectionLogTestFile', 'the test file that AWS writes when logging is switched on'],
    ['AWSLogs/123456789012/ELBHealthCheckLogTestFile', 'the test file that AWS writes when logging is switched on'],
    ['AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/21/', 'a folder marker'],
    ['AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/21/x.json.gz', 'not an ELB log'],
    ['elasticloadbalancing.log', 'not an ELB log'],
    [albKey().replace('.log.gz', '.parquet'), 'a Parquet file: only ELB logs as text are read'],
  ])('%s is skipped: %s', (key, reason) => {
    expect(reasonToSkip(key)).toBe(reason);
  });

  const corpus = 'corpus/s3-keys/keys.txt';
  const orSkipped = sharedExists(corpus) ? '' : ' (skipped: ../shared/corpus is not here)';
  it.skipIf(!sharedExists(corpus))(`is known in every form that AWS and its users write${orSkipped}`, () => {
    const keys = readFileSync(join(shared, corpus), 'utf8').trim().split('\n');
    const skipped = keys.filter((key) => reasonToSkip(key) !== undefined);
    expect(skipped).toEqual(keys.filter((key) => key.endsWith('TestFile')));
    expect(keys.length).toBeGreaterThan(skipped.length + 20);
  });
});
