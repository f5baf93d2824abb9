/** The load balancers of the sample hour. Account numbers are the ones that AWS's own documentation uses. */
export interface Balancer {
  readonly account: string;
  readonly region: string;
  /** As the log line says it: `app/NAME/ID`, `net/NAME/ID` or a Classic balancer's name. */
  readonly name: string;
  readonly host: string;
  /** Addresses of its nodes, from the ranges reserved for documentation. */
  readonly nodes: readonly [string, string];
  readonly targetGroup: string;
  readonly targets: readonly string[];
  readonly certificate: string;
}

function balancer(
  part: Pick<Balancer, 'account' | 'region' | 'name' | 'host' | 'nodes' | 'targets'>,
  group: string,
): Balancer {
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${part.region}:${part.account}:${rest}`;
  return {
    ...part,
    targetGroup: arn('elasticloadbalancing', `targetgroup/${group}`),
    certificate: arn('acm', `certificate/5f2c1d9e-7a34-4c0b-9e61-${part.account}`),
  };
}

export const shop = balancer(
  {
    account: '111122223333',
    region: 'eu-central-1',
    name: 'app/shop-prod/8f3b1c2d4e5f6071',
    host: 'shop.example.com',
    nodes: ['203.0.113.17', '203.0.113.94'],
    targets: ['10.20.1.31:8080', '10.20.2.47:8080', '10.20.3.12:8080'],
  },
  'shop-web/2c9a61f07d3be845',
);

/** The application before it moved: two objects of earlier years, in the widths of their time. */
export const shopBefore = balancer(
  {
    account: '111122223333',
    region: 'eu-central-1',
    name: 'app/shop-old/1a2b3c4d5e6f7081',
    host: 'shop.example.com',
    nodes: ['203.0.113.33', '203.0.113.34'],
    targets: ['10.10.1.5:80', '10.10.2.6:80'],
  },
  'shop-old-web/77aa01bb23cc45dd',
);

export const partner = balancer(
  {
    account: '444455556666',
    region: 'us-east-1',
    name: 'app/partner-api/c4d5e6f708192a3b',
    host: 'partner.example.com',
    nodes: ['198.51.100.20', '198.51.100.21'],
    targets: ['10.30.1.10:8443', '10.30.2.10:8443'],
  },
  'partner-api/90ab12cd34ef5601',
);

export const edge = balancer(
  {
    account: '444455556666',
    region: 'us-east-1',
    name: 'net/edge-tls/d5e6f708192a3b4c',
    host: 'mqtt.example.com',
    nodes: ['198.51.100.40', '198.51.100.41'],
    targets: ['10.30.8.4:8883', '10.30.9.4:8883'],
  },
  'edge-mqtt/0a1b2c3d4e5f6a7b',
);

export const portal = balancer(
  {
    account: '111122223333',
    region: 'eu-west-1',
    name: 'legacy-portal',
    host: 'portal.example.com',
    nodes: ['203.0.113.160', '203.0.113.161'],
    targets: ['10.40.0.8:80', '10.40.0.9:80'],
  },
  'none/0',
);
