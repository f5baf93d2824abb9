import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { aws } from '../../../src/deliver/enrich/aws.ts';
import type { Enricher } from '../../../src/deliver/enrich/enricher.ts';
import { alertWith, describeEnricher } from '../../contracts/describe-enricher.ts';
import { enricherTools } from '../../support/enricher-tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'aws-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ranges = {
  syncToken: '1795216177',
  prefixes: [
    { ip_prefix: '198.51.100.0/24', region: 'eu-west-1', service: 'EC2', network_border_group: 'eu-west-1' },
    { ip_prefix: '198.51.100.0/24', region: 'eu-west-1', service: 'AMAZON', network_border_group: 'eu-west-1' },
    { ip_prefix: '198.51.0.0/16', region: 'GLOBAL', service: 'AMAZON', network_border_group: 'GLOBAL' },
  ],
  ipv6_prefixes: [{ ipv6_prefix: '2001:db8::/32', region: 'us-gov-west-1', service: 'CLOUDFRONT' }],
};

function open(content: string = JSON.stringify(ranges)): Promise<Enricher> {
  const path = join(folder, 'ip-ranges.json');
  writeFileSync(path, content);
  return aws.open({ path, reload: 0 }, enricherTools());
}

describeEnricher('aws', open, { 'awselb.client_ip': '198.51.100.7' });

describe('AWS’s address ranges', () => {
  it.each([
    ['198.51.100.7', 'EC2', 'eu-west-1'],
    ['198.51.7.7', 'AMAZON', 'GLOBAL'],
    ['2001:db8::1', 'CLOUDFRONT', 'us-gov-west-1'],
  ])('tell of %s the service %s and the region %s', async (address, service, region) => {
    expect((await open()).lookup(alertWith({ 'awselb.client_ip': address }))).toEqual({
      'aws.client_ip.service': service,
      'aws.client_ip.region': region,
    });
  });

  it('say nothing about an address of others', async () => {
    expect((await open()).lookup(alertWith({ 'awselb.client_ip': '203.0.113.1' }))).toBeUndefined();
  });

  it.each(['{"prefixes":', '{}', '{"prefixes":[{"ip_prefix":"x","service":"A","region":"b"}]}'])(
    'are a problem when the file is %j',
    async (content) => {
      expect((await open(content)).problems()).toEqual([expect.stringContaining('ip-ranges.json cannot be used')]);
    },
  );
});
