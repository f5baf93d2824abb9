import type { Fields, FieldValue } from '../../alert/alert.ts';
import type { ObjectFacts } from '../../aws/object-name.ts';

const prefix = 'awselb.';
const parts = ['account_id', 'region', 'lb_type', 'lb_name', 'lb_id', 'target_group', 'node_ip'] as const;

const sources = [...parts, 'object', 'name', 'target_group_arn', 'chosen_cert_arn'].map((name) => prefix + name);

/** All that the facts are made of, each with its length, so that no two sets of texts have one key. */
export function keyOf(fields: Fields): string {
  let key = '';
  for (const source of sources) {
    const value = text(fields[source]);
    key += value === undefined ? '-' : `${value.length}:${value}`;
  }
  return key;
}

export type Facts = { [part in (typeof parts)[number] | 'partition']?: string | undefined };

/** What the texts in an alert's fields tell of its balancer, under the names that the enricher writes. */
export function balancerFacts(fields: Fields, factsOf: (object: string) => ObjectFacts): Fields | undefined {
  const facts: Facts = {};
  for (const part of parts) facts[part] = text(fields[`${prefix}${part}`]);
  const object = text(fields['awselb.object']);
  if (object !== undefined) addObject(facts, factsOf(object));
  const name = text(fields['awselb.name']);
  if (name !== undefined) addName(facts, name);
  for (const key of ['awselb.target_group_arn', 'awselb.chosen_cert_arn']) {
    const arn = text(fields[key]);
    if (arn !== undefined) addArn(facts, arn);
  }
  const found: Record<string, FieldValue> = {};
  for (const part of parts) {
    const value = facts[part];
    if (value !== undefined) found[`elb.${part}`] = value;
  }
  if (facts.region !== undefined) found['elb.partition'] = facts.partition ?? partitionOf(facts.region);
  const arn = balancerArn(facts);
  if (arn !== undefined) found['elb.lb_arn'] = arn;
  return Object.keys(found).length === 0 ? undefined : found;
}

function text(value: FieldValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 2_048 ? value : undefined;
}

function addObject(facts: Facts, { accountId, region, lbType, lbName, lbId, nodeIp }: ObjectFacts): void {
  facts.account_id ??= accountId;
  facts.region ??= region;
  facts.lb_type ??= lbType;
  facts.lb_name ??= lbName;
  facts.lb_id ??= lbId;
  facts.node_ip ??= nodeIp;
}

/** `awselb.name` as logged: `app/NAME/ID`, `net/NAME/ID`, or a Classic balancer's name alone. */
function addName(facts: Facts, name: string): void {
  const match = /^(app|net)\/([A-Za-z0-9-]+)\/([0-9a-f]+)$/.exec(name);
  if (match !== null) {
    facts.lb_type ??= match[1] === 'app' ? 'application' : 'network';
    facts.lb_name ??= match[2];
    facts.lb_id ??= match[3];
  } else if (/^[A-Za-z0-9-]+$/.test(name)) {
    facts.lb_type ??= 'classic';
    facts.lb_name ??= name;
  }
}

const arnShape = /^arn:(aws[a-z-]*):[a-z0-9-]*:([a-z0-9-]*):([0-9]*):(.*)$/s;

function addArn(facts: Facts, arn: string): void {
  const [, partition = '', region = '', account = '', resource = ''] = arnShape.exec(arn) ?? [];
  facts.partition ??= partition || undefined;
  facts.region ??= region || undefined;
  facts.account_id ??= account || undefined;
  facts.target_group ??= /^targetgroup\/([A-Za-z0-9-]+)\//.exec(resource)?.[1];
}

// AWS's partitions beside `aws`, by how the names of their regions begin.
const partitions = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
] as const;

export function partitionOf(region: string): string {
  return partitions.find(([start]) => region.startsWith(start))?.[1] ?? 'aws';
}

export function balancerArn(facts: Facts): string | undefined {
  const { account_id, region, lb_type, lb_name, lb_id } = facts;
  if (account_id === undefined || region === undefined || lb_name === undefined) return undefined;
  const start = `arn:${facts.partition ?? partitionOf(region)}:elasticloadbalancing:${region}:${account_id}:loadbalancer/`;
  if (lb_type === 'classic') return `${start}${lb_name}`;
  const kind = lb_type === 'application' ? 'app' : lb_type === 'network' ? 'net' : undefined;
  return kind === undefined || lb_id === undefined ? undefined : `${start}${kind}/${lb_name}/${lb_id}`;
}

/** The parts that `balancerFacts` found, under their names again. */
export function textsOf(facts: Fields | undefined): Facts {
  const texts: Facts = {};
  for (const part of [...parts, 'partition'] as const) texts[part] = text(facts?.[`elb.${part}`]);
  return texts;
}
