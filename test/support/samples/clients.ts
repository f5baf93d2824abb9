import type { Chance } from './random.ts';

/**
 * Where visitors come from: blocks of large access providers, so that a GeoIP database finds a country, and the country
 * it should find. Visitors only buy shoes; nobody is accused of anything.
 */
export const visitorBlocks: readonly (readonly [weight: number, country: string, block: string])[] = [
  [14, 'DE', '84.160.x.x'],
  [9, 'DE', '92.200.x.x'],
  [7, 'DE', '2003:c5:8xxx:xxxx::xxxx'],
  [5, 'DE', '2a02:908:1xx:xxxx::xxxx'],
  [7, 'FR', '90.0.x.x'],
  [4, 'FR', '2a01:cb00:1xx:xxxx::xxxx'],
  [6, 'NL', '84.80.x.x'],
  [3, 'NL', '2001:1c00:1xx:xxxx::xxxx'],
  [6, 'GB', '86.0.x.x'],
  [3, 'GB', '2a00:23c4:1xx:xxxx::xxxx'],
  [5, 'AT', '80.108.x.x'],
  [5, 'CH', '178.192.x.x'],
  [5, 'PL', '83.6.x.x'],
  [4, 'IT', '79.0.x.x'],
  [4, 'ES', '80.24.x.x'],
  [3, 'SE', '90.224.x.x'],
  [2, 'DK', '87.48.x.x'],
  [2, 'FI', '91.152.x.x'],
  [2, 'CZ', '109.80.x.x'],
  [2, 'PT', '85.240.x.x'],
  [4, 'US', '98.210.x.x'],
  [2, 'US', '2601:640:1xx:xxxx::xxxx'],
  [2, 'CA', '99.224.x.x'],
  [2, 'JP', '106.160.x.x'],
  [1, 'AU', '101.160.x.x'],
  [1, 'BR', '187.20.x.x'],
  [1, 'IN', '122.160.x.x'],
  [1, 'ZA', '41.0.x.x'],
];

/**
 * Where the attacks come from: large blocks again, spread over continents, and always the block's network address
 * (ending in .0 or ::), which is nobody's.
 */
export const attackers = {
  scanner: ['171.224.40.0', 'VN'],
  injector: ['178.64.12.0', 'RU'],
  botnet: ['117.192.96.0', 'IN'],
  exploiter: ['114.240.8.0', 'CN'],
  intruder: ['186.204.32.0', 'BR'],
  stuffer: ['180.240.64.0', 'ID'],
  smuggler: ['98.210.128.0', 'US'],
  prober: ['2601:640:200::', 'US'],
  crawler: ['88.224.16.0', 'TR'],
  survey: ['71.190.64.0', 'US'],
} as const satisfies Record<string, readonly [address: string, country: string]>;

/** An address of the block: each `x` group becomes a number (IPv4) or each `x` a hex digit (IPv6). */
export function addressIn(block: string, chance: Chance): string {
  if (block.includes(':'))
    return block.replace(/x+/g, (digits) => `${chance.between(1, 9)}${chance.hex(digits.length - 1)}`);
  return block.replace(/x/g, () => String(chance.between(2, 253)));
}

export interface Visitor {
  readonly address: string;
  readonly port: number;
  readonly userAgent: string;
  readonly http2: boolean;
  readonly tls: readonly [cipher: string, protocol: string];
}

const browsers: readonly (readonly [weight: number, userAgent: string])[] = [
  [
    30,
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36',
  ],
  [
    18,
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.5 Mobile/15E148 Safari/604.1',
  ],
  [
    16,
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36',
  ],
  [
    10,
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.5 Safari/605.1.15',
  ],
  [9, 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0'],
  [
    8,
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0',
  ],
  [9, 'ShopApp/7.12.1 (Android 15; SM-S931B) okhttp/5.1.0'],
];

export function newVisitor(chance: Chance): Visitor {
  const block = chance.weighted(visitorBlocks.map(([weight, , block]) => [weight, block] as const));
  return {
    address: addressIn(block, chance),
    port: chance.between(1025, 65_000),
    userAgent: chance.weighted(browsers),
    http2: chance.percent(80),
    tls: chance.percent(88) ? ['TLS_AES_128_GCM_SHA256', 'TLSv1.3'] : ['ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2'],
  };
}
