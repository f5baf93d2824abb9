import { shop, type Balancer } from './balancers.ts';
import { newVisitor, type Visitor } from './clients.ts';
import type { AlbRequest } from './lines.ts';
import type { Chance } from './random.ts';

/**
 * Ordinary visits to a shop: pages, assets, API calls, logins, a few mistakes. Much of it looks odd on purpose (quotes
 * and SQL words in searches, encoded return addresses): rules that shout at it are wrong.
 */

const searches = [
  'running+shoes',
  'o%27neill+wetsuit',
  'women%27s+jacket',
  'union+jack+socks',
  'select+comfort+pillow',
  '50%25+off',
  'drop+shoulder+sweater',
  'rock+%26+roll+t-shirt',
  'caf%C3%A9+racer',
  'script+font+mug',
  'sleeping+bag+-10%C2%B0C',
  'gr%C3%B6%C3%9Fe+42',
  'size+%3E+45',
  'shell+jacket',
  'exec+chair',
  'etc',
  'passwd+holder',
  'order+by+phone',
];
const categories = ['shoes', 'jackets', 'accessories', 'sale', 'new-in', 'outdoor', 'kids'];
const products = [
  'trail-runner-3',
  'rain-shell-jacket',
  'union-suit-merino',
  'insert-sole-gel',
  'etc-mug',
  'drop-tail-tee',
  'select-series-boot',
  'alpine-gaiter',
  'script-cap',
];
const returns = [
  '%2Fcart',
  'https%3A%2F%2Fshop.example.com%2Fcheckout%3Fstep%3D2',
  'https%253A%252F%252Fshop.example.com%252Fcart',
];
const campaigns = ['newsletter-38', 'autumn_2026', 'retarget+de', 'partner%2Fblog'];

interface Step {
  readonly verb: string;
  readonly path: string;
  readonly status: number;
  readonly sent: readonly [low: number, high: number];
  readonly ms: readonly [low: number, high: number];
}

const page = (path: string, status = 200): Step => ({ verb: 'GET', path, status, sent: [4200, 48_000], ms: [9, 180] });
const asset = (path: string): Step => ({ verb: 'GET', path, status: 200, sent: [900, 240_000], ms: [1, 12] });
const call = (verb: string, path: string, status = 200): Step => ({
  verb,
  path,
  status,
  sent: [120, 5200],
  ms: [4, 140],
});

function nextSteps(chance: Chance): readonly Step[] {
  const product = `${chance.pick(products)}-${chance.between(100, 999)}`;
  return chance.weighted<readonly Step[]>([
    [
      16,
      [page('/'), asset(`/static/app.3f9c1b2e.css`), asset('/static/app.90aa17d4.js'), call('GET', '/api/v2/me', 200)],
    ],
    [
      14,
      [
        page(`/c/${chance.pick(categories)}?page=${chance.between(1, 9)}`),
        asset(`/img/p/${chance.between(1000, 9999)}.webp`),
      ],
    ],
    [16, [page(`/p/${product}`), call('GET', `/api/v2/products/${chance.between(1000, 9999)}/stock`)]],
    [
      9,
      [
        page(`/search?q=${chance.pick(searches)}&sort=price`),
        call('GET', `/api/v2/suggest?q=${chance.pick(searches)}`),
      ],
    ],
    [6, [call('POST', '/api/v2/cart/items', 201), call('GET', '/api/v2/cart')]],
    [3, [page(`/account/login?return_to=${chance.pick(returns)}`), call('POST', '/account/login', 302)]],
    [
      2,
      [
        call('POST', '/api/v2/checkout', 202),
        call('PATCH', `/api/v2/orders/${chance.hex(12)}`),
        page('/checkout/thanks'),
      ],
    ],
    [3, [page(`/?utm_source=${chance.pick(campaigns)}&gclid=${chance.hex(24)}`)]],
    [2, [page('/favicon.ico', 200), page(`/p/${product}-discontinued`, 404)]],
    [
      2,
      [
        call('PUT', `/api/v2/wishlist/${chance.hex(8)}`, 204),
        call('DELETE', `/api/v2/cart/items/${chance.hex(8)}`, 204),
      ],
    ],
    [1, [call('OPTIONS', '/api/v2/cart', 204)]],
    [1, [page('/robots.txt'), page('/sitemap.xml')]],
    [1, [page('/.well-known/security.txt'), page('/.well-known/apple-app-site-association')]],
    [1, [{ verb: 'GET', path: `/downloads/size-guide.pdf`, status: 200, sent: [1_400_000, 1_900_000], ms: [30, 220] }]],
  ]);
}

/** What a browser asks in one visit that begins at `fromMs`: some pages with what belongs to them. */
export function visit(chance: Chance, fromMs: number, lb: Balancer = shop): readonly AlbRequest[] {
  const visitor = newVisitor(chance);
  const requests: AlbRequest[] = [];
  const connection = chance.hex(32);
  let atMs = fromMs;
  if (chance.percent(12)) requests.push(upgraded(chance, visitor, atMs, lb));
  for (let left = chance.between(1, 4); left > 0; left -= 1) {
    atMs += chance.between(1500, 20_000);
    for (const step of nextSteps(chance)) {
      atMs += chance.between(20, 400);
      requests.push(answered(chance, visitor, step, { atMs, connection, resumed: requests.length > 1, lb }));
    }
  }
  return requests;
}

interface Moment {
  readonly atMs: number;
  readonly connection: string;
  readonly resumed: boolean;
  readonly lb: Balancer;
}

function answered(chance: Chance, visitor: Visitor, step: Step, moment: Moment): AlbRequest {
  const { atMs, connection, resumed, lb } = moment;
  const unchanged = step.verb === 'GET' && step.status === 200 && chance.percent(7);
  const status = unchanged ? 304 : step.status;
  return {
    atMs,
    type: visitor.http2 ? 'h2' : 'https',
    client: visitor.address,
    clientPort: visitor.port,
    target: chance.pick(lb.targets),
    targetMs: chance.between(...step.ms),
    status,
    targetStatus: status,
    received: chance.between(40, step.verb === 'GET' ? 900 : 2600),
    sent: unchanged || status === 204 ? chance.between(90, 220) : chance.between(...step.sent),
    request: `${step.verb} https://${lb.host}:443${step.path} HTTP/${visitor.http2 ? '2.0' : '1.1'}`,
    userAgent: visitor.userAgent,
    tls: visitor.tls,
    sni: lb.host,
    resumed,
    rule: step.path.startsWith('/api/') ? 10 : 0,
    actions: 'waf,forward',
    trace: chance.hex(24),
    connection,
  };
}

/** The first request by plain HTTP, which the balancer itself sends on to HTTPS. */
function upgraded(chance: Chance, visitor: Visitor, atMs: number, lb: Balancer): AlbRequest {
  return {
    atMs,
    type: 'http',
    client: visitor.address,
    clientPort: visitor.port - 1,
    status: 301,
    received: chance.between(300, 600),
    sent: 350,
    request: `GET http://${lb.host}:80/ HTTP/1.1`,
    userAgent: visitor.userAgent,
    rule: 0,
    actions: 'waf,redirect',
    redirect: `https://${lb.host}:443/`,
    trace: chance.hex(24),
    connection: chance.hex(32),
  };
}

/** Rarer ordinary things, each once or twice an hour: a chat over WebSocket, a client that hung up, a slow report. */
export function rarities(chance: Chance, fromMs: number): readonly AlbRequest[] {
  const one = (step: Step, afterMs: number): AlbRequest =>
    answered(chance, newVisitor(chance), step, {
      atMs: fromMs + afterMs,
      connection: chance.hex(32),
      resumed: false,
      lb: shop,
    });
  const {
    target: _target,
    targetMs: _targetMs,
    targetStatus: _targetStatus,
    ...hungUp
  } = one(page('/c/sale'), 1_020_000);
  return [
    { ...one(call('GET', '/chat/socket'), 400_000), type: 'wss', status: 101, targetStatus: 101, targetMs: 61_000 },
    { ...one(page('/export/orders.csv?year=2026'), 1_260_000), targetMs: 6420 },
    { ...hungUp, status: 460, sent: 0 },
    { ...one(page('/account/orders'), 2_200_000), status: 403, targetStatus: 403 },
    { ...one(call('POST', '/grpc.health.v1.Health/Check'), 2_500_000), type: 'grpcs' },
    {
      ...one(page('/'), 2_900_000),
      userAgent: 'Mozilla/5.0 (compatible; ExampleUptime/2.1; +https://uptime.example.net)',
    },
  ];
}
