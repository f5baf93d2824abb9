import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateLoadBalancerCommand as CreateClassicCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fields } from '../../../src/alert/alert.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { elb } from '../../../src/deliver/enrich/elb.ts';
import type { Enricher } from '../../../src/deliver/enrich/enricher.ts';
import { createRouter } from '../../../src/deliver/routing/route-tree.ts';
import { alertWith, describeEnricher } from '../../contracts/describe-enricher.ts';
import { moto, titleOf, useEmulatorCredentials } from '../../support/aws-emulator.ts';
import { type ElbStandIn, startElbStandIn } from '../../support/elb-stand-in.ts';
import { enricherTools } from '../../support/enricher-tools.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const web = 'app/web/0123456789abcdef';
const fieldsOf = (name: string, more: Fields = {}): Fields => ({
  'awselb.name': name,
  'awselb.account_id': '123456789012',
  'awselb.region': 'eu-west-1',
  ...more,
});

const facts = (enricher: Enricher, fields: Fields): Fields | undefined => enricher.lookup(alertWith(fields));

/** Lets requests on loopback take the time that they take, and moves the clock on while somebody sleeps on it, until `done`. */
async function until(clock: HandClock, done: () => boolean, stepMs: number): Promise<void> {
  await vi.waitUntil(
    async () => {
      if (!done() && clock.sleeping().length > 0) await clock.advance(stepMs);
      return done();
    },
    { timeout: 30_000, interval: 1 },
  );
}

describe('the ELB enricher with the API', () => {
  let aws: ElbStandIn;
  let folder: string;
  const opened: Enricher[] = [];

  beforeAll(useEmulatorCredentials);
  beforeEach(async () => {
    aws = await startElbStandIn();
    aws.balancers = [
      {
        resource: web,
        tags: { team: 'shop', env: 'prod', owner: 'a&amp;b' },
        groups: [{ name: 'pods', tags: { service: 'cart' } }],
      },
      { resource: 'net/tcp/0123456789abcdef', tags: { team: 'core' } },
      { resource: 'old-elb', tags: { team: 'legacy' } },
    ];
    folder = temporaryFolder();
  });
  afterEach(async () => {
    for (const enricher of opened.splice(0)) await enricher.close?.();
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (api: object = {}, clock = systemClock): Promise<Enricher> => {
    const account = { regions: ['eu-west-1'], endpoint: aws.endpoint };
    const config = elb.config.parse({ api: { accounts: [account], calls_per_second: 10, ...api } });
    const enricher = await elb.open(
      config,
      enricherTools({ clock, stateFile: join(folder, 'state/enricher-elb.json') }),
    );
    opened.push(enricher);
    return enricher;
  };
  it('tells scheme, VPC, DNS name, zones, target groups and tags of an ALB', async () => {
    const enricher = await open();
    const arn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/pods/1';
    expect(facts(enricher, fieldsOf(web, { 'awselb.target_group_arn': arn }))).toEqual({
      'elb.account_id': '123456789012',
      'elb.region': 'eu-west-1',
      'elb.partition': 'aws',
      'elb.lb_type': 'application',
      'elb.lb_name': 'web',
      'elb.lb_id': '0123456789abcdef',
      'elb.lb_arn': `arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/${web}`,
      'elb.target_group': 'pods',
      'elb.scheme': 'internet-facing',
      'elb.vpc_id': 'vpc-1',
      'elb.dns_name': 'web.elb.amazonaws.com',
      'elb.zones': ['eu-west-1a', 'eu-west-1b'],
      'elb.target_groups': ['pods'],
      'elb.tag.team': 'shop',
      'elb.tag.env': 'prod',
      'elb.tag.owner': 'a&b',
      'elb.target_group_tag.service': 'cart',
    });
    expect(enricher.problems()).toEqual([]);
    expect(enricher.counts?.()).toEqual({ asked: 1, missed: 0 });
  });

  it('knows Network and Classic balancers, and account and region of a name that stands alone', async () => {
    const enricher = await open();
    expect(facts(enricher, { 'awselb.name': 'net/tcp/0123456789abcdef' })).toMatchObject({
      'elb.tag.team': 'core',
      'elb.account_id': '123456789012',
      'elb.lb_arn': 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/tcp/0123456789abcdef',
    });
    expect(facts(enricher, { 'awselb.name': 'old-elb' })).toMatchObject({
      'elb.tag.team': 'legacy',
      'elb.vpc_id': 'vpc-1',
      'elb.zones': ['eu-west-1a', 'eu-west-1b'],
    });
  });

  it('says nothing of a balancer of the same name in another account or region, and counts the miss', async () => {
    const enricher = await open();
    expect(facts(enricher, fieldsOf(web, { 'awselb.account_id': '999999999999' }))).not.toHaveProperty('elb.scheme');
    expect(facts(enricher, fieldsOf(web, { 'awselb.region': 'us-east-1' }))).not.toHaveProperty('elb.scheme');
    expect(enricher.counts?.()).toEqual({ asked: 2, missed: 2 });
  });

  it('takes only the tags that are asked for', async () => {
    const enricher = await open({ tags: ['te*', 'env'] });
    const found = Object.keys(facts(enricher, fieldsOf(web)) ?? {}).filter((key) => key.startsWith('elb.tag.'));
    expect(found.sort()).toEqual(['elb.tag.env', 'elb.tag.team']);
  });

  it('lets routes ask for tags', async () => {
    const enricher = await open();
    const route = { outputs: [], routes: [{ match: ['elb.tag.team = shop'], outputs: ['pager'] }] };
    const router = createRouter(route, new Set(['pager']));
    const alert = { ...alertWith(fieldsOf(web)), enrichment: facts(enricher, fieldsOf(web)) ?? {} };
    expect(router.match(alert, 0).flatMap(({ outputs }) => outputs)).toEqual(['pager']);
  });

  it('reads every page, and 20 resources’ tags at a time', async () => {
    aws.pageSize = 2;
    aws.balancers = Array.from({ length: 21 }, (_, n) => ({
      resource: `app/web-${n}/0123456789abcdef`,
      tags: { n: String(n) },
    }));
    const enricher = await open();
    for (const n of [0, 1, 2, 20])
      expect(facts(enricher, fieldsOf(`app/web-${n}/0123456789abcdef`))).toMatchObject({ 'elb.tag.n': String(n) });
    expect(aws.asked.filter((each) => each === '2015-12-01 DescribeLoadBalancers')).toHaveLength(11);
    expect(aws.asked.filter((each) => each === '2015-12-01 DescribeTags')).toHaveLength(2);
  });

  it('waits and goes on when AWS throttles, with no more than so many calls a second', async () => {
    aws.throttle = 3;
    const clock = handClock();
    const opening = open({ calls_per_second: 2 }, clock);
    let enricher: Enricher | undefined;
    void opening.then((each) => {
      enricher = each;
    });
    const started = clock.now();
    await until(
      clock,
      () => enricher !== undefined && facts(enricher, fieldsOf(web))?.['elb.scheme'] !== undefined,
      100,
    );
    // Three throttled calls and six that were answered: eight pauses of half a second at the least.
    expect(clock.now() - started).toBeGreaterThanOrEqual(4_000);
    expect(enricher?.problems()).toEqual([]);
  });

  it('keeps what it read on disk for the next start, which then asks nothing', async () => {
    await (await open()).close?.();
    const { length } = aws.asked;
    aws.refuse = 'AccessDenied';
    const again = await open();
    expect(facts(again, fieldsOf(web))).toMatchObject({ 'elb.tag.team': 'shop' });
    expect(aws.asked).toHaveLength(length);
    expect(statSync(join(folder, 'state/enricher-elb.json')).mode & 0o777).toBe(0o600);
  });

  it('says what right is missing, keeps what it knew, and says when that grows old', async () => {
    const clock = handClock();
    let enricher: Enricher | undefined;
    void open({ refresh: '10m', max_age: '1h' }, clock).then((each) => {
      enricher = each;
    });
    await until(
      clock,
      () => enricher !== undefined && facts(enricher, fieldsOf(web))?.['elb.scheme'] !== undefined,
      100,
    );
    aws.refuse = 'AccessDenied';
    await until(clock, () => (enricher?.problems().length ?? 0) > 0, 30_000);
    expect(enricher?.problems()).toEqual([
      expect.stringMatching(
        /^eu-west-1: elasticloadbalancing:DescribeLoadBalancers on the load balancers is denied: allow elasticloadbalancing:DescribeLoadBalancers in the IAM policy/,
      ),
    ]);
    await until(clock, () => /what is known is 1?\d+ min old/.test(enricher?.problems()[0] ?? ''), 60_000);
    expect(enricher && facts(enricher, fieldsOf(web))).toMatchObject({ 'elb.tag.team': 'shop' });
    aws.refuse = undefined;
    await until(clock, () => enricher?.problems().length === 0, 60_000);
  });

  it('asks again within a minute for a balancer that it does not know, and remembers one that was deleted', async () => {
    const clock = handClock();
    let enricher: Enricher | undefined;
    void open({ refresh: '12h' }, clock).then((each) => {
      enricher = each;
    });
    const has = (name: string) =>
      enricher !== undefined && facts(enricher, fieldsOf(name))?.['elb.scheme'] !== undefined;
    await until(clock, () => has(web), 100);
    const fresh = 'app/new/fedcba9876543210';
    aws.balancers = [{ resource: fresh, tags: { team: 'new' } }];
    expect(has(fresh)).toBe(false);
    const askedMs = clock.now();
    await until(clock, () => has(fresh), 1_000);
    expect(clock.now() - askedMs).toBeLessThan(90_000);
    expect(has(web)).toBe(true);
    const { length } = aws.asked;
    for (let minute = 0; minute < 5; minute++) {
      expect(has('app/never/fedcba9876543210')).toBe(false);
      await clock.advance(60_000);
      await systemClock.sleep(5);
    }
    // Once for the stranger, not once a minute.
    expect(aws.asked.slice(length).filter((each) => each === '2015-12-01 DescribeLoadBalancers').length).toBeLessThan(
      2,
    );
  });

  it('goes on without a file that is damaged or cannot be written, and says so', async () => {
    writeFileSync(join(folder, 'state'), 'a file where a folder should be');
    const enricher = await open();
    expect(facts(enricher, fieldsOf(web))).toMatchObject({ 'elb.tag.team': 'shop' });
    expect(enricher.problems()).toEqual([
      expect.stringMatching(/enricher-elb\.json cannot be written: .*; after a restart/),
    ]);
    rmSync(join(folder, 'state'));
    await (await open()).close?.();
    const file = join(folder, 'state/enricher-elb.json');
    expect(existsSync(file)).toBe(true);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 50));
    const next = await open();
    expect(facts(next, fieldsOf(web))).toMatchObject({ 'elb.tag.team': 'shop' });
    expect(next.problems()).toEqual([]);
  });

  it('refuses a config that would ask nobody or too often', () => {
    expect(() => elb.config.parse({ api: { accounts: [] } })).toThrow();
    expect(() => elb.config.parse({ api: { calls_per_second: 11 } })).toThrow();
    expect(() => elb.config.parse({ api: { refresh: '0s' } })).toThrow(/more than nothing/);
    expect(() => elb.config.parse({ api: { tags: ['a*b'] } })).toThrow(/a name/);
  });
});

describe('the ELB enricher with the API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-test-'));
  let aws: ElbStandIn;
  beforeAll(async () => {
    useEmulatorCredentials();
    aws = await startElbStandIn();
    aws.balancers = [{ resource: web, tags: { __proto__: 'x', team: 'shop' } }];
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  describeEnricher(
    'elb with api',
    async () => {
      const config = elb.config.parse({ api: { accounts: [{ regions: ['eu-west-1'], endpoint: aws.endpoint }] } });
      return elb.open(config, enricherTools({ clock: systemClock, stateFile: join(folder, 'elb.json') }));
    },
    fieldsOf(web),
  );
});

describe.skipIf(moto.missing !== undefined)(titleOf('the ELB enricher with the API', moto), () => {
  it('reads balancers, target groups and tags as an independent server tells them', async () => {
    const emulator = await moto.start();
    const client = new ElasticLoadBalancingV2Client({ endpoint: emulator.endpoint, region: 'eu-west-1' });
    const classic = new ElasticLoadBalancingClient({ endpoint: emulator.endpoint, region: 'eu-west-1' });
    try {
      const { subnets, vpc } = await defaultNetwork(emulator.endpoint);
      const { LoadBalancers = [] } = await client.send(
        new CreateLoadBalancerCommand({
          Name: 'web',
          Scheme: 'internet-facing',
          Subnets: subnets,
          Tags: [{ Key: 'team', Value: 'shop' }],
        }),
      );
      const arn = LoadBalancers[0]?.LoadBalancerArn ?? '';
      const { TargetGroups = [] } = await client.send(
        new CreateTargetGroupCommand({ Name: 'pods', Protocol: 'HTTP', Port: 80, VpcId: vpc }),
      );
      const group = TargetGroups[0]?.TargetGroupArn ?? '';
      await client.send(new AddTagsCommand({ ResourceArns: [group], Tags: [{ Key: 'service', Value: 'cart' }] }));
      const forward = { Type: 'forward' as const, TargetGroupArn: group };
      await client.send(
        new CreateListenerCommand({ LoadBalancerArn: arn, Protocol: 'HTTP', Port: 80, DefaultActions: [forward] }),
      );
      await classic.send(
        new CreateClassicCommand({
          LoadBalancerName: 'old-elb',
          AvailabilityZones: ['eu-west-1a'],
          Listeners: [{ Protocol: 'http', LoadBalancerPort: 80, InstancePort: 80 }],
          Tags: [{ Key: 'team', Value: 'legacy' }],
        }),
      );
      const accounts = [{ regions: ['eu-west-1'], endpoint: emulator.endpoint }];
      const enricher = await elb.open(
        elb.config.parse({ api: { accounts, calls_per_second: 10 } }),
        enricherTools({ clock: systemClock, stateFile: join(temporaryFolder(), 'elb.json') }),
      );
      const resource = arn.slice(arn.indexOf('app/'));
      expect(enricher.lookup(alertWith({ 'awselb.name': resource, 'awselb.target_group_arn': group }))).toMatchObject({
        'elb.lb_arn': arn,
        'elb.scheme': 'internet-facing',
        'elb.vpc_id': vpc,
        'elb.target_groups': ['pods'],
        'elb.tag.team': 'shop',
        'elb.target_group_tag.service': 'cart',
      });
      expect(enricher.lookup(alertWith({ 'awselb.name': 'old-elb' }))).toMatchObject({ 'elb.tag.team': 'legacy' });
      expect(enricher.problems()).toEqual([]);
      await enricher.close?.();
    } finally {
      client.destroy();
      classic.destroy();
      await emulator.stop();
    }
  }, 60_000);
});

/** moto's default VPC; asked for by hand, as nothing else here needs EC2's client. */
async function defaultNetwork(endpoint: string): Promise<{ readonly subnets: string[]; readonly vpc: string }> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIAEMULATOR00000000/20261121/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0';
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=DescribeSubnets&Version=2016-11-15',
  });
  const body = await answer.text();
  const all = (tag: string): string[] =>
    [...body.matchAll(new RegExp(`<${tag}>([^<]+)</${tag}>`, 'g'))].map((match) => match[1] ?? '');
  return { subnets: all('subnetId').slice(0, 2), vpc: all('vpcId')[0] ?? '' };
}
