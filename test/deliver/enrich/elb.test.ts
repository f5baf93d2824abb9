import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../src/alert/alert.ts';
import { elb } from '../../../src/deliver/enrich/elb.ts';
import type { Enricher } from '../../../src/deliver/enrich/enricher.ts';
import { alertWith, describeEnricher } from '../../contracts/describe-enricher.ts';
import { enricherTools } from '../../support/enricher-tools.ts';

const open = (): Promise<Enricher> => elb.open({}, enricherTools());
const lookup = async (fields: Fields): Promise<Fields | undefined> => (await open()).lookup(alertWith(fields));

const folder = 's3://logs/AWSLogs/123456789012/elasticloadbalancing/us-gov-west-1/2026/11/20/';

describeEnricher('elb', open, { 'awselb.object': `${folder}x`, 'awselb.name': 'app/web/0123456789abcdef' });

describe('the ELB enricher', () => {
  it('reads an ALB’s object name', async () => {
    const object = `${folder}123456789012_elasticloadbalancing_us-gov-west-1_app.web.0123456789abcdef_20261120T2310Z_10.0.0.1_abcd1234.log.gz`;
    expect(await lookup({ 'awselb.object': object })).toEqual({
      'elb.account_id': '123456789012',
      'elb.region': 'us-gov-west-1',
      'elb.partition': 'aws-us-gov',
      'elb.lb_type': 'application',
      'elb.lb_name': 'web',
      'elb.lb_id': '0123456789abcdef',
      'elb.lb_arn':
        'arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012:loadbalancer/app/web/0123456789abcdef',
      'elb.node_ip': '10.0.0.1',
    });
  });

  it('tells alerts apart whose texts are the same in other fields', async () => {
    const enricher = await open();
    const facts = (fields: Fields): Fields | undefined => enricher.lookup(alertWith(fields));
    expect(facts({ 'awselb.lb_name': 'web' })).toEqual({ 'elb.lb_name': 'web' });
    expect(facts({ 'awselb.lb_id': 'web' })).toEqual({ 'elb.lb_id': 'web' });
    expect(facts({ 'awselb.lb_name': 'a', 'awselb.lb_id': 'b-' })).toMatchObject({ 'elb.lb_id': 'b-' });
    expect(facts({ 'awselb.lb_name': 'a1:b-' })).toEqual({ 'elb.lb_name': 'a1:b-' });
    expect(facts({ 'awselb.lb_name': 'web' })).toEqual({ 'elb.lb_name': 'web' });
  });

  it('reads a Classic balancer’s', async () => {
    const object = '123456789012_elasticloadbalancing_eu-west-1_web_20261120T2310Z_10.0.0.1_abcd1234.log';
    expect(await lookup({ 'awselb.object': object })).toMatchObject({
      'elb.lb_type': 'classic',
      'elb.lb_arn': 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/web',
    });
  });

  it.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-eusc'])(
    'reads ARNs of the partition %s, with the balancer’s own name',
    async (partition) => {
      const facts = await lookup({
        'awselb.name': 'net/edge/fedcba9876543210',
        'awselb.target_group_arn': `arn:${partition}:elasticloadbalancing:xx-north-1:123456789012:targetgroup/blue/0a1b`,
      });
      expect(facts).toEqual({
        'elb.account_id': '123456789012',
        'elb.region': 'xx-north-1',
        'elb.partition': partition,
        'elb.lb_type': 'network',
        'elb.lb_name': 'edge',
        'elb.lb_id': 'fedcba9876543210',
        'elb.lb_arn': `arn:${partition}:elasticloadbalancing:xx-north-1:123456789012:loadbalancer/net/edge/fedcba9876543210`,
        'elb.target_group': 'blue',
      });
    },
  );

  it.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-east-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['ap-southeast-7', 'aws'],
  ])('knows that %s is in %s', async (region, partition) => {
    expect(await lookup({ 'awselb.region': region })).toEqual({ 'elb.region': region, 'elb.partition': partition });
  });

  it('takes a field that the rule printed before what names tell', async () => {
    expect(
      await lookup({
        'awselb.lb_name': 'printed',
        'awselb.name': 'app/logged/0123456789abcdef',
        'awselb.node_ip': null,
      }),
    ).toEqual({ 'elb.lb_type': 'application', 'elb.lb_name': 'printed', 'elb.lb_id': '0123456789abcdef' });
  });

  it.each([
    { 'awselb.name': 'app/../../etc' },
    { 'awselb.name': 'a b' },
    { 'awselb.target_group_arn': 'arn:aws' },
    { 'awselb.name': 5 },
    { 'awselb.object': 'x'.repeat(2_049) },
    { 'proc.name': 'sh' },
  ])('says nothing about %j', async (fields: Fields) => {
    expect(await lookup(fields)).toBeUndefined();
  });
});
