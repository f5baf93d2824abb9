import type { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type AwsConfig, clientAccess } from '../../aws/client.ts';
import { AwsTrouble, explainAws } from '../../aws/trouble.ts';
import type { Clock } from '../../base/clock.ts';

export type Tags = Readonly<Record<string, string>>;

/** A load balancer as AWS's API tells of it. */
export interface Balancer {
  /** `app/NAME/ID`, `net/NAME/ID`, or a Classic balancer's name: what follows `loadbalancer/` in the ARN. */
  readonly resource: string;
  readonly region: string;
  /** Absent for Classic balancers where nothing told whose they are. */
  readonly account?: string | undefined;
  readonly scheme?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly dnsName?: string | undefined;
  readonly zones: readonly string[];
  readonly targetGroups: readonly TargetGroup[];
  readonly tags: Tags;
}

export interface TargetGroup {
  readonly name: string;
  readonly tags: Tags;
}

/** The load balancers of one account and region. */
export interface BalancerApi {
  /** All that are there now. Rejects with AwsTrouble; waits and tries again by itself when AWS throttles. */
  read(signal: AbortSignal): Promise<readonly Balancer[]>;
  close(): void;
}

export interface BalancerApiOptions {
  readonly access: AwsConfig;
  readonly clock: Clock;
  /** At least so long between two calls. */
  readonly betweenMs: number;
  /** Whether a tag of that name is kept. */
  readonly wanted: (tag: string) => boolean;
  /** 0 ≤ x < 1; `Math.random`, or what a test needs. */
  readonly random?: () => number;
}

// docs.aws.amazon.com/elasticloadbalancing/latest/APIReference: API_DescribeLoadBalancers, API_DescribeTags
const pageSize = 400;
const arnsAtOnce = 20;
/** Far beyond any quota (50 balancers, 3,000 target groups for a region, unless raised): what an endpoint that never ends its pages may cost. */
const maxListed = 20_000;
const maxTries = 8;
const firstWaitMs = 1_000;
const lastWaitMs = 60_000;

export async function openBalancerApi(options: BalancerApiOptions): Promise<BalancerApi> {
  const { access, clock, betweenMs, wanted, random = Math.random } = options;
  const v2 = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const v1 = await import('@aws-sdk/client-elastic-load-balancing');
  // Retried here, where every call waits its turn.
  const settings = {
    ...(await clientAccess(access)),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
  const client: ElasticLoadBalancingV2Client = new v2.ElasticLoadBalancingV2Client(settings);
  const classic: ElasticLoadBalancingClient = new v1.ElasticLoadBalancingClient(settings);
  const on = `the load balancers${access.assume_role === undefined ? '' : ` that ${access.assume_role.arn} may see`}`;
  let nextMs = 0;

  const call = async <T>(action: string, ask: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    for (let tries = 1; ; tries++) {
      await clock.sleep(Math.max(0, nextMs - clock.now()), signal);
      signal.throwIfAborted();
      nextMs = clock.now() + betweenMs;
      try {
        return await ask();
      } catch (error) {
        signal.throwIfAborted();
        const trouble = explainAws(error, { action: `elasticloadbalancing:${action}`, on });
        if (tries === maxTries || (trouble instanceof AwsTrouble && trouble.lasts === 'lasting')) throw trouble;
        nextMs = clock.now() + betweenMs + random() * Math.min(lastWaitMs, firstWaitMs * 2 ** tries);
      }
    }
  };

  /** Everything of a listing that comes in pages. */
  const pages = async <O extends { readonly NextMarker?: string | undefined }, T>(
    action: string,
    ask: (Marker: string | undefined) => Promise<O>,
    itemsOf: (output: O) => readonly T[] | undefined,
    signal: AbortSignal,
  ): Promise<readonly T[]> => {
    const items: T[] = [];
    let marker: string | undefined;
    do {
      const output = await call(action, () => ask(marker), signal);
      items.push(...(itemsOf(output) ?? []));
      marker = output.NextMarker === '' ? undefined : output.NextMarker;
    } while (marker !== undefined && items.length < maxListed);
    return items;
  };

  /** Tags by what they are tags of. */
  const tagsOf = async (
    names: readonly string[],
    ask: (names: string[]) => Promise<readonly (readonly [string | undefined, readonly AwsTag[] | undefined])[]>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Tags>> => {
    const found = new Map<string, Tags>();
    for (let start = 0; start < names.length; start += arnsAtOnce) {
      const some = names.slice(start, start + arnsAtOnce);
      for (const [name, tags] of await call('DescribeTags', () => ask(some), signal))
        if (name !== undefined) found.set(name, kept(tags ?? [], wanted));
    }
    return found;
  };

  const readV2 = async (region: string, signal: AbortSignal): Promise<readonly Balancer[]> => {
    const options = { abortSignal: signal };
    const balancers = await pages(
      'DescribeLoadBalancers',
      (Marker) => client.send(new v2.DescribeLoadBalancersCommand({ Marker, PageSize: pageSize }), options),
      ({ LoadBalancers }) => LoadBalancers,
      signal,
    );
    if (balancers.length === 0) return [];
    const groups = await pages(
      'DescribeTargetGroups',
      (Marker) => client.send(new v2.DescribeTargetGroupsCommand({ Marker, PageSize: pageSize }), options),
      ({ TargetGroups }) => TargetGroups,
      signal,
    );
    const arns = [...balancers.map((one) => one.LoadBalancerArn), ...groups.map((one) => one.TargetGroupArn)];
    const tags = await tagsOf(
      arns.filter((arn) => arn !== undefined),
      async (ResourceArns) => {
        const { TagDescriptions } = await client.send(new v2.DescribeTagsCommand({ ResourceArns }), options);
        return (TagDescriptions ?? []).map(({ ResourceArn, Tags }) => [ResourceArn, Tags] as const);
      },
      signal,
    );
    const groupsOf = new Map<string, TargetGroup[]>();
    for (const { TargetGroupName: name, TargetGroupArn = '', LoadBalancerArns = [] } of groups) {
      if (name === undefined) continue;
      for (const arn of LoadBalancerArns)
        groupsOf.set(arn, [...(groupsOf.get(arn) ?? []), { name, tags: tags.get(TargetGroupArn) ?? {} }]);
    }
    return balancers.flatMap(({ LoadBalancerArn: arn = '', Scheme, VpcId, DNSName, AvailabilityZones = [] }) => {
      const [, account, resource] = /^arn:[^:]*:[^:]*:[^:]*:(\d+):loadbalancer\/(.+)$/.exec(arn) ?? [];
      if (resource === undefined) return [];
      const zones = AvailabilityZones.flatMap(({ ZoneName }) => ZoneName ?? []).sort();
      const targetGroups = groupsOf.get(arn) ?? [];
      const facts = { scheme: Scheme, vpcId: VpcId, dnsName: DNSName, zones, targetGroups, tags: tags.get(arn) ?? {} };
      return [{ resource, region, account, ...facts }];
    });
  };

  const readClassic = async (
    region: string,
    account: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly Balancer[]> => {
    const options = { abortSignal: signal };
    const balancers = await pages(
      'DescribeLoadBalancers',
      (Marker) => classic.send(new v1.DescribeLoadBalancersCommand({ Marker, PageSize: pageSize }), options),
      ({ LoadBalancerDescriptions }) => LoadBalancerDescriptions,
      signal,
    );
    const tags = await tagsOf(
      balancers.flatMap(({ LoadBalancerName }) => LoadBalancerName ?? []),
      async (LoadBalancerNames) => {
        const { TagDescriptions } = await classic.send(new v1.DescribeTagsCommand({ LoadBalancerNames }), options);
        return (TagDescriptions ?? []).map(({ LoadBalancerName, Tags }) => [LoadBalancerName, Tags] as const);
      },
      signal,
    );
    return balancers.flatMap(({ LoadBalancerName: resource, Scheme, VPCId, DNSName, AvailabilityZones = [] }) => {
      if (resource === undefined) return [];
      const facts = { scheme: Scheme, vpcId: VPCId, dnsName: DNSName, zones: [...AvailabilityZones].sort() };
      return [{ resource, region, account, ...facts, targetGroups: [], tags: tags.get(resource) ?? {} }];
    });
  };

  return {
    async read(signal) {
      const region = await client.config.region().catch((error: unknown) => {
        throw explainAws(error, { action: 'elasticloadbalancing:DescribeLoadBalancers', on });
      });
      const modern = await readV2(region, signal);
      const account = modern[0]?.account ?? /:(\d{12}):role\//.exec(access.assume_role?.arn ?? '')?.[1];
      return [...modern, ...(await readClassic(region, account, signal))];
    },
    close() {
      client.destroy();
      classic.destroy();
    },
  };
}

interface AwsTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

function kept(tags: readonly AwsTag[], wanted: (tag: string) => boolean): Tags {
  return Object.fromEntries(
    tags.flatMap(({ Key = '', Value = '' }) => (Key !== '' && wanted(Key) ? [[Key, Value] as const] : [])),
  );
}
