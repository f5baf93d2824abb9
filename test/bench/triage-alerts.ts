import { type Alert, alertId } from '../../src/alert/alert.ts';
import { alertTimeOfMs } from '../../src/alert/alert-time.ts';
import { priorities } from '../../src/alert/priority.ts';

const agents = [
  'sqlmap/1.8.2#stable',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
  'curl/8.5.0',
  'zgrab/0.x',
  'python-requests/2.31',
];
const words = [
  'admin',
  'login',
  'wp',
  'api',
  'v1',
  'users',
  'config',
  'git',
  'env',
  'backup',
  'shell',
  'cgi-bin',
  'status',
  'search',
  'cart',
  'xmlrpc',
];
const countries = [
  'US',
  'CN',
  'RU',
  'DE',
  'NL',
  'FR',
  'GB',
  'BR',
  'IN',
  'VN',
  'KR',
  'JP',
  'SG',
  'UA',
  'IR',
  'TR',
  'ID',
  'MX',
  'CA',
  'PL',
];
const spanMs = 30 * 86_400_000;
const firstMs = Date.parse('2026-10-20T00:00:00Z');

/** Alerts as a month of a busy site has them: few loud clients and rules, many quiet ones. The same for the same numbers. */
export function benchAlerts(count: number, from = 0, of = count): Alert[] {
  return Array.from({ length: count }, (_, index) => benchAlert(from + index, of));
}

function benchAlert(n: number, of: number): Alert {
  let state = Math.imul(n + 1, 0x9e3779b1) >>> 0;
  const random = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  const few = (size: number): number => Math.floor(size * random() ** 3);
  const rule = few(100);
  const client = few(300_000);
  const address = `${20 + (client % 180)}.${(client >>> 3) % 256}.${(client >>> 9) % 256}.${client % 251}`;
  const place = client % 900;
  const country = countries[place % countries.length] ?? 'US';
  const path = `/${words[few(16)]}/${words[few(16)]}/${few(3000)}`;
  const agent = agents[few(agents.length)] ?? '';
  const balancer = `balancer-${few(12)}`;
  const time = alertTimeOfMs(firstMs + Math.floor((n / of) * spanMs)) ?? '';
  const priority = priorities[2 + (rule % 5)] ?? 'Notice';
  const object = `s3://logs/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/app.${balancer}.8f3b1c2d4e5f6071_${Math.floor(n / 500)}.log.gz`;
  const status = [404, 403, 200, 500][few(4)] ?? 404;
  return {
    id: alertId(`bench ${n}`, String(rule)),
    time,
    rule: `Bench Rule ${rule}`,
    priority,
    source: 'awselb',
    output: `${time}: ${priority} Bench rule ${rule} (client=${address} country=${country} request=GET https://shop.example:443${path}?id=${n} user_agent=${agent} status=${status} lb=app/${balancer}/8f3b1c2d4e5f6071 object=${object} line=${n % 500})`,
    hostname: 'bench',
    tags: [`T${1500 + (rule % 40)}`, 'aws', 'elb', rule % 3 === 0 ? 'scanner' : 'injection'],
    fields: {
      'awselb.client_ip': address,
      'awselb.elb_status_code': status,
      'awselb.line': n % 500,
      'awselb.object': object,
      'awselb.request_url': `https://shop.example:443${path}?id=${n}`,
      'awselb.request_verb': 'GET',
      'awselb.user_agent': agent,
    },
    enrichment: {
      'elb.lb_name': balancer,
      'geoip.client_ip.asn': 1000 + (client % 5000),
      'geoip.client_ip.as_org': `Network ${client % 5000}`,
      'geoip.client_ip.city': `City ${place}`,
      'geoip.client_ip.country': country,
      'geoip.client_ip.latitude': ((place * 37) % 140) - 70,
      'geoip.client_ip.longitude': ((place * 91) % 340) - 170,
    },
  };
}
