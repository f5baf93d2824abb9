import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A balancer as a test says it; everything else is made of its name. */
export interface StandInBalancer {
  /** `app/web/0123456789abcdef`; a name without `/` is a Classic balancer. */
  readonly resource: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly groups?: readonly { readonly name: string; readonly tags?: Readonly<Record<string, string>> }[];
}

/**
 * The Query APIs of Elastic Load Balancing (2015-12-01 and 2012-06-01) on loopback, for what moto does not do: pages, throttling, refusals,
 * balancers that come and go. Holds callers to 20 resources in one DescribeTags.
 */
export interface ElbStandIn {
  readonly endpoint: string;
  readonly account: string;
  balancers: readonly StandInBalancer[];
  /** So many calls are throttled next. */
  throttle: number;
  /** Every call is refused with this code. */
  refuse: string | undefined;
  /** Most items on a page. */
  pageSize: number;
  /** `2015-12-01 DescribeTags`, in their order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

export async function startElbStandIn(): Promise<ElbStandIn> {
  const asked: string[] = [];
  const standIn = {
    endpoint: '',
    account: '123456789012',
    balancers: [] as readonly StandInBalancer[],
    throttle: 0,
    refuse: undefined as string | undefined,
    pageSize: 400,
    asked,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const form = new URLSearchParams(body);
      const action = form.get('Action') ?? '';
      asked.push(`${form.get('Version')} ${action}`);
      const answer = answerTo(standIn, form);
      outgoing.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  standIn.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return standIn;
}

type Answer = { readonly status: number; readonly body: string };

function answerTo(standIn: ElbStandIn, form: URLSearchParams): Answer {
  if (standIn.throttle > 0) {
    standIn.throttle -= 1;
    return failure(400, 'Throttling', 'Rate exceeded');
  }
  if (standIn.refuse !== undefined) return failure(403, standIn.refuse, 'is not authorized');
  const action = form.get('Action') ?? '';
  const isClassic = form.get('Version') === '2012-06-01';
  const shown = standIn.balancers.filter(({ resource }) => resource.includes('/') !== isClassic);
  const page = <T>(items: readonly T[]) => pageOf(items, Number(form.get('Marker') ?? 0), standIn.pageSize);
  const arn = (kind: string, name: string) =>
    `arn:aws:elasticloadbalancing:eu-west-1:${standIn.account}:${kind}/${name}`;
  switch (action) {
    case 'DescribeLoadBalancers': {
      const { items, next } = page(shown);
      const members = items.map(({ resource }) =>
        isClassic
          ? `<member><LoadBalancerName>${resource}</LoadBalancerName>${place(resource, 'VPCId')}<AvailabilityZones><member>eu-west-1b</member><member>eu-west-1a</member></AvailabilityZones></member>`
          : `<member><LoadBalancerArn>${arn('loadbalancer', resource)}</LoadBalancerArn>${place(resource, 'VpcId')}<AvailabilityZones><member><ZoneName>eu-west-1b</ZoneName></member><member><ZoneName>eu-west-1a</ZoneName></member></AvailabilityZones></member>`,
      );
      return result(action, `${list(isClassic ? 'LoadBalancerDescriptions' : 'LoadBalancers', members)}${next}`);
    }
    case 'DescribeTargetGroups': {
      const groups = shown.flatMap(({ resource, groups = [] }) => groups.map(({ name }) => ({ resource, name })));
      const { items, next } = page(groups);
      const members = items.map(
        ({ resource, name }) =>
          `<member><TargetGroupArn>${arn('targetgroup', `${name}/1`)}</TargetGroupArn><TargetGroupName>${name}</TargetGroupName>${list('LoadBalancerArns', [`<member>${arn('loadbalancer', resource)}</member>`])}</member>`,
      );
      return result(action, `${list('TargetGroups', members)}${next}`);
    }
    case 'DescribeTags': {
      const names = [...form].filter(([key]) => /\.member\.\d+$/.test(key)).map(([, value]) => value);
      if (names.length > 20) return failure(400, 'ValidationError', 'Up to 20 resources can be described at once.');
      const tags = new Map<string, Readonly<Record<string, string>>>();
      for (const { resource, tags: own = {}, groups = [] } of shown) {
        tags.set(isClassic ? resource : arn('loadbalancer', resource), own);
        for (const { name, tags: ofGroup = {} } of groups) tags.set(arn('targetgroup', `${name}/1`), ofGroup);
      }
      const members = names.map((name) => {
        const pairs = Object.entries(tags.get(name) ?? {});
        const key = isClassic ? 'LoadBalancerName' : 'ResourceArn';
        const own = pairs.map(([Key, Value]) => `<member><Key>${Key}</Key><Value>${Value}</Value></member>`);
        return `<member><${key}>${name}</${key}>${list('Tags', own)}</member>`;
      });
      return result(action, list('TagDescriptions', members));
    }
    default:
      return failure(400, 'InvalidAction', action);
  }
}

function pageOf<T>(items: readonly T[], start: number, size: number): { items: readonly T[]; next: string } {
  const end = start + size;
  return { items: items.slice(start, end), next: end < items.length ? `<NextMarker>${end}</NextMarker>` : '' };
}

function place(resource: string, vpcKey: string): string {
  const name = resource.split('/')[1] ?? resource;
  return `<Scheme>internet-facing</Scheme><${vpcKey}>vpc-1</${vpcKey}><DNSName>${name}.elb.amazonaws.com</DNSName>`;
}

function list(name: string, members: readonly string[]): string {
  return `<${name}>${members.join('')}</${name}>`;
}

function result(action: string, inner: string): Answer {
  return {
    status: 200,
    body: `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`,
  };
}

function failure(status: number, code: string, message: string): Answer {
  return {
    status,
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  };
}
