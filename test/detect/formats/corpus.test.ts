import { describe, expect, it } from 'vitest';
import { isTestObject, objectFacts } from '../../../src/aws/object-name.ts';
import { corpusIsHere, corpusLines, orSkipped, recordOf, verdict } from '../../support/corpus.ts';

describe.skipIf(!corpusIsHere)(`the corpus${orSkipped}`, () => {
  const verdicts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    'aws-docs/alb-access-33-fields.log': { alb: 7 },
    'aws-docs/alb-connection.log': { alb_connection: 2 },
    'aws-docs/alb-health-check.log': { alb_health: 2 },
    'aws-docs/clb-access.log': { clb: 4 },
    'aws-docs/nlb-access.log': { nlb: 4 },
    'cloud-gov-elb-log-ingestor/examples-from-docs.log': { alb: 6, clb: 4 },
    'otel-awslogsencoding/alb_al_insufficient_fields.log': { 'alb: too-few-columns': 1 },
    'otel-awslogsencoding/alb_al_invalid_syntax.log': { 'no format': 1 },
    'otel-awslogsencoding/alb_al_valid_logs.log': { alb: 2 },
    'otel-awslogsencoding/clb_al_insufficient_fields.log': { 'clb: too-few-columns': 1 },
    'otel-awslogsencoding/clb_al_valid_logs.log': { clb: 2 },
    'otel-awslogsencoding/elb_control.log': { 'test object': 1 },
    'otel-awslogsencoding/elb_empty_line.log': { alb: 2 },
    'otel-awslogsencoding/elb_invalid_syntax.log': { 'no format': 1 },
    'otel-awslogsencoding/nlb_al_insufficient_fields.log': { 'nlb: too-few-columns': 1 },
    'otel-awslogsencoding/nlb_al_valid_logs.log': { nlb: 1 },
    'vector/alb-internet-scans.log': { alb: 12 },
    'vector/multipart-gzip.log.gz': { alb: 12 },
    'vector-vrl/alb.log': { alb: 13 },
    'web-found/alb-2025-2026.log': { alb: 4 },
    'web-found/clb.log': { clb: 1 },
    'web-found/nlb.log': { nlb: 1 },
    // Their unit test's line of five columns, cut behind the client.
    'yukinakanaka-falco-plugin-aws-elb/aws.log': { alb: 8, 'alb: too-few-columns': 1 },
    'yukinakanaka-falco-plugin-aws-elb/log-001.log.gz': { alb: 453 },
    'yukinakanaka-falco-plugin-aws-elb/log-002.log.gz': { alb: 312 },
  };

  it.each(Object.keys(verdicts))('reads every line of %s that is one', (file) => {
    const counts: Record<string, number> = {};
    for (const line of corpusLines(file)) counts[verdict(line)] = (counts[verdict(line)] ?? 0) + 1;
    expect(counts).toEqual(verdicts[file]);
  });

  it('gives every accepted line a time', () => {
    for (const file of Object.keys(verdicts)) {
      for (const line of corpusLines(file)) {
        if (/^[a-z_]+$/.test(verdict(line)))
          expect(recordOf(line)['timeNs']).toBeGreaterThan(1_400_000_000_000_000_000n);
      }
    }
  });
});

/** What a key is, read off it by eye: the words that only this kind of key has. */
function kindByEye(key: string): string {
  if (key.endsWith('TestFile')) return 'test object';
  if (key.includes('/conn_log_')) return 'alb_connection';
  if (key.includes('/health_check_log_')) return 'alb_health';
  if (key.includes('_app.')) return 'alb';
  if (key.includes('_net.')) return 'nlb';
  // The one key that its author shortened beyond what AWS writes.
  return key.endsWith('_abc123.log.gz') ? 'unknown' : 'clb';
}

describe.skipIf(!corpusIsHere)(`object keys of the corpus${orSkipped}`, () => {
  const keys = corpusIsHere ? corpusLines('s3-keys/keys.txt') : [];

  it('are told by kind', () => {
    const told = keys.map((key) => (isTestObject(key) ? 'test object' : (objectFacts(key).logType ?? 'unknown')));
    expect(told).toEqual(keys.map(kindByEye));
    expect(new Set(told)).toEqual(
      new Set(['alb', 'nlb', 'clb', 'alb_connection', 'alb_health', 'test object', 'unknown']),
    );
  });

  it('tell account, region, balancer and node as they stand there', () => {
    for (const key of keys) {
      const { accountId, region, lbName, lbId, nodeIp, logType } = objectFacts(key);
      if (logType === undefined) continue;
      const file = key.slice(key.lastIndexOf('/') + 1).replace(/^(conn|health_check)_log_/, '');
      const [account, , regionThere, balancer, , node] = file.split('_');
      expect(region).toBe(regionThere);
      expect(accountId).toBe(/^\d+$/.test(account ?? '') ? account : undefined);
      expect([lbName, `app.${lbName}.${lbId}`, `net.${lbName}.${lbId}`]).toContain(balancer);
      if (logType === 'nlb' || node === 'X.X.X.X') expect(nodeIp).toBeUndefined();
      else expect(nodeIp).toBe(node?.replace('172.160.001.192', '172.160.1.192'));
    }
  });
});
