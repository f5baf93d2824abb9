import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { embeddedBytes, embeddedDatabase } from '../../src/geoip/embedded.ts';
import { type GeoLookup, type GeoOptions, openGeoLookup } from '../../src/geoip/geo-lookup.ts';
import { ruleFacts } from '../../src/geoip/rule-facts.ts';
import { writeMmdb } from '../support/mmdb.ts';
import { shared, sharedExists } from '../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'geo-lookup-'));
afterAll(() => rmSync(folder, { recursive: true }));

const dayMs = 86_400_000;
const builtMs = Date.parse('2026-11-01T00:00:00Z');
/** Ten days after the fixtures were built. */
const clock: Clock = { now: () => builtMs + 10 * dayMs, sleep: () => Promise.reject(new Error('nothing sleeps here')) };

let files = 0;
function file(bytes: Buffer): string {
  const path = join(folder, `${++files}.mmdb`);
  writeFileSync(path, bytes);
  return path;
}

function open(
  databases: readonly string[],
  options: Partial<Pick<GeoOptions, 'embedded' | 'maxAgeMs'>> = {},
): Promise<GeoLookup> {
  return openGeoLookup({ databases, reloadMs: 0, maxAgeMs: 60 * dayMs, clock, ...options });
}

const sweden = { country: { iso_code: 'SE', names: { en: 'Sweden', de: 'Schweden' } } };
const linkoping = {
  ...sweden,
  city: { names: { en: 'Linköping' } },
  subdivisions: [{ iso_code: 'E', names: { en: 'Östergötland County' } }],
  location: { latitude: 58.4167, longitude: 15.6167 },
};
const bredband2 = { autonomous_system_number: 29518, autonomous_system_organization: 'Bredband2 AB' };

describe('the GeoIP lookup', () => {
  it('reads MaxMind’s nested schema and joins the databases', async () => {
    const lookup = await open([
      file(writeMmdb({ '89.160.20.0/24': linkoping })),
      file(writeMmdb({ '89.160.0.0/17': bredband2 }, { type: 'GeoLite2-ASN' })),
    ]);
    const linkopingRecord = {
      country: 'SE',
      countryName: 'Sweden',
      city: 'Linköping',
      region: 'Östergötland County',
      latitude: 58.4167,
      longitude: 15.6167,
      asn: 29518,
      asOrg: 'Bredband2 AB',
    };
    expect(lookup.find('89.160.20.112')).toEqual(linkopingRecord);
    expect(lookup.find('::ffff:89.160.20.112')).toEqual(linkopingRecord);
    expect(lookup.find('89.160.21.1')).toEqual({ asn: 29518, asOrg: 'Bredband2 AB' });
    expect(lookup.find('198.51.100.1')).toBeUndefined();
    expect(lookup.counts()).toEqual({ asked: 4, missed: 1 });
  });

  it('reads the flat schema of DB-IP’s npm packages and knows the country’s name', async () => {
    const lookup = await open([
      file(
        writeMmdb({
          '81.2.69.0/24': { country_code: 'gb', city: 'London', state1: 'England', latitude: 51.5, longitude: -0.1 },
          '2001:218::/32': { country_code: 'JP' },
        }),
      ),
    ]);
    expect(lookup.find('81.2.69.142')).toEqual({
      country: 'GB',
      countryName: 'United Kingdom',
      city: 'London',
      region: 'England',
      latitude: 51.5,
      longitude: -0.1,
    });
    expect(lookup.find('2001:218::1%eth0')).toEqual({ country: 'JP', countryName: 'Japan' });
  });

  it('asks an IPv4 database nothing about an IPv6 address', async () => {
    const lookup = await open([file(writeMmdb({ '0.0.0.0/1': sweden, '128.0.0.0/1': sweden }, { ipVersion: 4 }))]);
    expect(lookup.find('89.160.20.112')).toMatchObject({ country: 'SE' });
    expect(lookup.find('2001:218::1')).toBeUndefined();
  });

  it.each([
    '',
    '-',
    'example.com',
    '127.1',
    '0x7f000001',
    '1.2.3.4:80',
    '1.2.3',
    '::ffff:1.2.3.4.5',
    '١.2.3.4',
    'x'.repeat(10_000),
  ])('finds nothing for %j', async (address) => {
    const lookup = await open([file(writeMmdb({ '0.0.0.0/1': sweden, '::/1': sweden }))]);
    expect(lookup.find(address)).toBeUndefined();
  });

  it('takes the first database’s word', async () => {
    const lookup = await open([
      file(writeMmdb({ '89.160.20.0/24': { country_code: 'NO' } })),
      file(writeMmdb({ '89.160.20.0/24': linkoping })),
    ]);
    expect(lookup.find('89.160.20.112')).toMatchObject({ country: 'NO', countryName: 'Norway', city: 'Linköping' });
  });

  it('reads nothing but texts and numbers where those belong', async () => {
    const odd = {
      country: { iso_code: 5, names: 'x' },
      city: ['a'],
      location: { latitude: 999, longitude: 5 },
      asn: 'AS0',
    };
    expect((await open([file(writeMmdb({ '89.160.20.0/24': odd }))])).find('89.160.20.1')).toBeUndefined();
  });

  it('goes on with the old file until a changed one is whole', async () => {
    const path = file(writeMmdb({ '89.160.20.0/24': sweden }));
    const lookup = await open([path]);
    expect(lookup.find('89.160.20.112')).toMatchObject({ country: 'SE' });

    const next = writeMmdb({ '89.160.20.0/24': { country_code: 'NO' } }, { built: new Date('2026-11-08') });
    writeFileSync(path, next.subarray(0, next.length - 60));
    await lookup.reload();
    expect(lookup.find('89.160.20.112')).toMatchObject({ country: 'SE' });
    expect(lookup.problems()).toEqual([
      expect.stringMatching(/not a complete .mmdb file.*built 2026-11-01 stays in use$/),
    ]);

    writeFileSync(`${path}.new`, next);
    renameSync(`${path}.new`, path);
    await lookup.reload();
    expect(lookup.find('89.160.20.112')).toMatchObject({ country: 'NO' });
    expect(lookup.problems()).toEqual([]);

    rmSync(path);
    await lookup.reload();
    expect(lookup.find('89.160.20.112')).toMatchObject({ country: 'NO' });
    expect(lookup.problems()).toEqual([expect.stringContaining(`${path} cannot be read (ENOENT)`)]);
  });

  it('starts without a file and finds it later', async () => {
    const path = join(folder, 'later.mmdb');
    const lookup = await open([path]);
    expect(lookup.problems()).toHaveLength(1);
    writeFileSync(path, writeMmdb({ '89.160.20.0/24': sweden }));
    await lookup.reload();
    expect(lookup.problems()).toEqual([]);
    expect(lookup.find('89.160.20.112')).toMatchObject({ country: 'SE' });
  });

  it('looks for changes at each interval until it is closed', async () => {
    const path = file(writeMmdb({ '89.160.20.0/24': sweden }));
    const naps: (() => void)[] = [];
    const ticking: Clock = {
      now: () => clock.now(),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          expect(ms).toBe(30_000);
          naps.push(resolve);
          signal?.addEventListener('abort', () => resolve(), { once: true });
        }),
    };
    const lookup = await openGeoLookup({ databases: [path], reloadMs: 30_000, maxAgeMs: dayMs, clock: ticking });
    writeFileSync(path, writeMmdb({ '89.160.20.0/24': { country_code: 'NO' } }, { built: new Date('2026-11-08') }));
    naps.shift()?.();
    await expect.poll(() => lookup.find('89.160.20.112')).toMatchObject({ country: 'NO' });
    await lookup.close();
  });

  it('reports a database that is older than it may be', async () => {
    const path = file(writeMmdb({ '89.160.20.0/24': sweden }));
    expect((await open([path], { maxAgeMs: 10 * dayMs })).problems()).toEqual([]);
    expect((await open([path], { maxAgeMs: 10 * dayMs - 1 })).problems()).toEqual([
      `GeoIP database ${path} was built 2026-11-01, 10 days ago: replace it with a newer one`,
    ]);
  });

  it('comes with a country database, asked only while no other tells countries', async () => {
    const asn = file(writeMmdb({ '89.160.0.0/17': bredband2 }, { type: 'GeoLite2-ASN' }));
    const embedded = { path: embeddedDatabase() };
    expect((await open([asn], { embedded })).find('89.160.20.112')).toMatchObject({ country: 'SE', asn: 29518 });
    const city = file(writeMmdb({ '81.2.69.0/24': sweden }));
    expect((await open([asn, city], { embedded })).find('89.160.20.112')).toEqual({
      asn: 29518,
      asOrg: 'Bredband2 AB',
    });
  });

  it('reads that database once, into memory that threads can share', async () => {
    const bytes = embeddedBytes();
    expect(embeddedBytes()).toBe(bytes);
    const lookup = await open([], { embedded: { path: '/not/there.mmdb', bytes } });
    expect([lookup.find('89.160.20.112'), lookup.find('2600::1')]).toMatchObject([
      { country: 'SE' },
      { country: 'US' },
    ]);
    expect(lookup.databases()).toMatchObject([{ path: '/not/there.mmdb', type: 'country ipvAll' }]);
    await expect(open([], { embedded: { path: '/not/there.mmdb' } })).rejects.toThrow(
      'GeoIP database /not/there.mmdb cannot be read (ENOENT)',
    );
  });

  it('gives rules byte strings', async () => {
    const lookup = await open([file(writeMmdb({ '89.160.20.0/24': linkoping }))]);
    expect(ruleFacts(lookup)('89.160.20.112')).toEqual({ country: 'SE', city: 'Link\u00c3\u00b6ping' });
    expect(ruleFacts(lookup)('198.51.100.1')).toBeUndefined();
  });
});

const known: readonly (readonly [string, object | undefined])[] = [
  ['81.2.69.193', { country: 'GB', city: 'London', latitude: 51.5142, longitude: -0.0931 }],
  ['175.16.199.1', { country: 'CN', city: 'Changchun', latitude: 43.88, longitude: 125.3228 }],
  ['67.43.156.20', { country: 'BT', latitude: 27.5, longitude: 90.5, asn: 35908 }],
  ['89.160.20.112', { country: 'SE', city: 'Linköping', asn: 29518, asOrg: 'Bredband2 AB' }],
  ['2.125.160.216', { country: 'GB', city: 'Boxford' }],
  ['216.160.83.56', { country: 'US', city: 'Milton', asn: 209 }],
  ['2001:218::1', { country: 'JP' }],
  ['1.128.0.1', { asn: 1221, asOrg: 'Telstra Pty Ltd' }],
  ['8.8.8.8', undefined],
  ['10.0.0.1', undefined],
];

const maxmind = 'corpus/maxmind-db';

describe.skipIf(!sharedExists(maxmind))('MaxMind’s own test databases (skipped where ../shared is not here)', () => {
  it.each(known)('answer for %s as published', async (address, expected) => {
    const lookup = await open([
      join(shared, maxmind, 'GeoIP2-City-Test.mmdb'),
      join(shared, maxmind, 'GeoLite2-ASN-Test.mmdb'),
    ]);
    const answer = lookup.find(address);
    if (expected === undefined) expect(answer).toBeUndefined();
    else expect(answer).toMatchObject(expected);
  });
});
