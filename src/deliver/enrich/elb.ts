import { z } from 'zod';
import type { Fields, FieldValue } from '../../alert/alert.ts';
import { type ObjectFacts, objectFacts } from '../../aws/object-name.ts';
import { type AwsConfig, awsConfig } from '../../aws/client.ts';
import type { Clock } from '../../base/clock.ts';
import { positiveDurationMs } from '../../base/config-values.ts';
import { present } from '../../base/present.ts';
import { RecentMap } from '../../base/recent-map.ts';
import { openBalancerApi } from './elb-api.ts';
import { balancerArn, balancerFacts, keyOf, partitionOf, textsOf } from './elb-names.ts';
import { type Inventory, type InventoryOptions, openInventory } from './elb-inventory.ts';
import { defineEnricher } from './enricher.ts';

const api = z
  .strictObject({
    accounts: z
      .array(
        z.strictObject({
          regions: z
            .array(awsConfig.region.unwrap())
            .min(1)
            .optional()
            .describe('Default: AWS_REGION, then the profile’s'),
          endpoint: awsConfig.endpoint,
          profile: awsConfig.profile,
          assume_role: awsConfig.assume_role,
        }),
      )
      .min(1)
      .default([{}])
      .describe('Whose load balancers are asked for, and as whom'),
    refresh: positiveDurationMs.prefault('10m').describe('How often they are asked for; a new one is within a minute'),
    max_age: positiveDurationMs.prefault('1d').describe('Facts older than this are reported as a problem'),
    calls_per_second: z
      .number()
      .min(0.1)
      .max(10)
      .default(2)
      .describe('Most calls a second, for each account and region'),
    tags: z
      .array(
        z
          .string()
          .regex(/^[^*]{0,128}\*?$/, 'a name, with * at its end or not')
          .min(1),
      )
      .default(['*'])
      .describe('Which tags are taken; * at the end stands for anything'),
  })
  .describe('Ask AWS’s API for scheme, VPC, DNS name, zones, target groups and tags (docs/aws.md has the IAM policy)');

/**
 * Which balancer an alert is about: `elb.account_id`, `elb.region`, `elb.partition`, `elb.lb_type`, `elb.lb_name`,
 * `elb.lb_id`, `elb.lb_arn`, `elb.target_group`, `elb.node_ip`. From the fields that the rule printed: the fields of these
 * names first, then the log object's name, then the balancer's, then the ARNs.
 *
 * With `api`, what AWS tells of that balancer as well: `elb.scheme`, `elb.vpc_id`, `elb.dns_name`, `elb.zones`,
 * `elb.target_groups`, `elb.tag.NAME`, and of the alert's target group `elb.target_group_tag.NAME`.
 */
export const elb = defineEnricher({
  kind: 'elb',
  about:
    'Account, region, name, id, ARN and node of the load balancer, from the object’s name and the ARNs in the alert; with `api` its scheme, VPC, DNS name, zones, target groups and tags from AWS.',
  config: z.strictObject({ api: api.optional() }),
  async open({ api }, { clock, stateFile }) {
    const inventory = api === undefined ? undefined : await openInventory(await inventoryOf(api, clock, stateFile));
    // Many alerts come from one object, and most of those about one target.
    const objects = new RecentMap<string, ObjectFacts>(1_024);
    let known = new RecentMap<string, Answer>(1_024);
    let knownVersion = 0;
    let asked = 0;
    let missed = 0;
    return {
      name: 'elb',
      lookup({ fields }) {
        const version = inventory?.version() ?? 0;
        if (version !== knownVersion) known = new RecentMap(1_024);
        knownVersion = version;
        const answer = known.get(keyOf(fields), () => {
          const facts = balancerFacts(fields, (object) => objects.get(object, objectFacts));
          return inventory === undefined ? { facts, missed: false } : told(facts, inventory);
        });
        if (answer.facts === undefined) return undefined;
        asked += 1;
        if (answer.missed) missed += 1;
        return answer.facts;
      },
      problems: () => inventory?.problems() ?? [],
      counts: () => ({ asked, missed }),
      close: async () => inventory?.close(),
    };
  },
});

interface Answer {
  readonly facts: Fields | undefined;
  /** Asked of the API's balancers, which do not have it. */
  readonly missed: boolean;
}

async function inventoryOf(
  { accounts, refresh, max_age, calls_per_second, tags }: z.infer<typeof api>,
  clock: Clock,
  path: string,
): Promise<InventoryOptions> {
  const wanted = (tag: string): boolean =>
    tags.some((each) => (each.endsWith('*') ? tag.startsWith(each.slice(0, -1)) : tag === each));
  const accesses = accounts.flatMap(({ regions = [undefined], ...who }) =>
    regions.map((region): AwsConfig => ({ region, ...who })),
  );
  const places = accesses.map(async (access) => {
    const who = access.assume_role?.arn ?? access.profile;
    return {
      key: JSON.stringify([access.region, access.endpoint, access.profile, access.assume_role?.arn, tags]),
      name: `${access.region ?? 'the default region'}${who === undefined ? '' : ` as ${who}`}`,
      api: await openBalancerApi({ access, clock, betweenMs: 1000 / calls_per_second, wanted }),
    };
  });
  return { places: await Promise.all(places), clock, path, refreshMs: refresh, maxAgeMs: max_age };
}

/** The facts with those that the API tells. */
function told(facts: Fields | undefined, inventory: Inventory): Answer {
  const { lb_type, lb_name, lb_id, region, account_id, target_group } = textsOf(facts);
  if (facts === undefined || lb_name === undefined) return { facts, missed: false };
  const kind = lb_type === 'network' ? 'net' : 'app';
  const resource = lb_type === 'classic' ? lb_name : lb_id === undefined ? undefined : `${kind}/${lb_name}/${lb_id}`;
  const balancer = resource === undefined ? undefined : inventory.find(resource, region, account_id);
  if (balancer === undefined) return { facts, missed: resource !== undefined };
  const { scheme, vpcId, dnsName, zones, targetGroups, tags } = balancer;
  const more: Record<string, FieldValue> = {};
  const known = { ...facts, ...present({ 'elb.region': balancer.region, 'elb.account_id': balancer.account }) };
  const whole = { ...textsOf(known), lb_type, lb_name, lb_id };
  const arn = balancerArn(whole);
  if (arn !== undefined) more['elb.lb_arn'] = arn;
  more['elb.partition'] = facts['elb.partition'] ?? partitionOf(balancer.region);
  if (scheme !== undefined) more['elb.scheme'] = scheme;
  if (vpcId !== undefined) more['elb.vpc_id'] = vpcId;
  if (dnsName !== undefined) more['elb.dns_name'] = dnsName;
  more['elb.zones'] = [...zones];
  if (targetGroups.length > 0) more['elb.target_groups'] = targetGroups.map(({ name }) => name);
  for (const [tag, value] of Object.entries(tags)) more[`elb.tag.${tag}`] = value;
  const group = targetGroups.find(({ name }) => name === target_group);
  for (const [tag, value] of Object.entries(group?.tags ?? {})) more[`elb.target_group_tag.${tag}`] = value;
  return { facts: { ...known, ...more }, missed: false };
}
