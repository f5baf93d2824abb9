import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { Enricher } from '../../../src/deliver/enrich/enricher.ts';
import { geoip } from '../../../src/deliver/enrich/geoip.ts';
import { openGeoLookup } from '../../../src/geoip/geo-lookup.ts';
import { alertWith, describeEnricher } from '../../contracts/describe-enricher.ts';
import { enricherTools } from '../../support/enricher-tools.ts';
import { writeMmdb } from '../../support/mmdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'geoip-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function open(): Promise<Enricher> {
  const path = join(folder, 'city.mmdb');
  writeFileSync(
    path,
    writeMmdb({
      '89.160.20.0/24': {
        country: { iso_code: 'SE', names: { en: 'Sweden' } },
        city: { names: { en: 'Linköping' } },
        location: { latitude: 58.4167, longitude: 15.6167 },
        autonomous_system_number: 29518,
        autonomous_system_organization: 'Bredband2 AB',
      },
      '2001:218::/32': { country_code: 'JP' },
    }),
  );
  const geo = await openGeoLookup({
    databases: [path],
    reloadMs: 0,
    maxAgeMs: Number.POSITIVE_INFINITY,
    clock: systemClock,
  });
  return geoip.open({}, enricherTools({ geo }));
}

describeEnricher('geoip', open, { 'awselb.client_ip': '89.160.20.112', 'ka.sourceips': ['2001:218::1'] });

describe('the GeoIP enricher', () => {
  it('tells of each address what the databases know, and its scope', async () => {
    const fields = {
      'awselb.client_ip': '89.160.20.112',
      'awselb.target_ip': '10.0.0.7',
      'awselb.user_agent': '8.8.8.8',
    };
    expect((await open()).lookup(alertWith(fields))).toEqual({
      'geoip.client_ip.scope': 'public',
      'geoip.client_ip.country': 'SE',
      'geoip.client_ip.country_name': 'Sweden',
      'geoip.client_ip.city': 'Linköping',
      'geoip.client_ip.latitude': 58.4167,
      'geoip.client_ip.longitude': 15.6167,
      'geoip.client_ip.asn': 29518,
      'geoip.client_ip.as_org': 'Bredband2 AB',
      'geoip.target_ip.scope': 'private',
    });
  });

  it.each([
    ['ct.srcip', '2001:218::1', 'srcip'],
    ['ka.sourceips', ['2001:218::1', '10.0.0.1'], 'sourceips'],
    ['ka.sourceips[0]', '2001:218::1', 'sourceips'],
    ['fd.sip', '2001:218::1', 'sip'],
    ['fd.cip', '2001:218::1', 'cip'],
    ['fd.rip', '2001:218::1', 'rip'],
    ['container.ip', '2001:218::1', 'ip'],
  ])('finds the address in %s', async (field, value, name) => {
    expect((await open()).lookup(alertWith({ [field]: value }))).toMatchObject({ [`geoip.${name}.country`]: 'JP' });
  });

  it('looks at 32 addresses of an alert and no more', async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`a.x${n}ip`, '10.0.0.1']));
    expect(Object.keys((await open()).lookup(alertWith(fields)) ?? {})).toHaveLength(32);
  });

  it('takes names of up to 256 characters for those of address fields', async () => {
    const enricher = await open();
    const name = `${'a'.repeat(253)}.ip`;
    expect(enricher.lookup(alertWith({ [name]: '10.0.0.1' }))).toEqual({ 'geoip.ip.scope': 'private' });
    expect(enricher.lookup(alertWith({ [`a${name}`]: '10.0.0.1' }))).toBeUndefined();
  });

  it('shares the facts of alerts that are alike', async () => {
    const enricher = await open();
    const fields = { 'awselb.client_ip': '89.160.20.112', 'awselb.target_ip': '10.0.0.1' };
    const facts = enricher.lookup(alertWith(fields));
    expect(facts).toMatchObject({ 'geoip.client_ip.country': 'SE', 'geoip.target_ip.scope': 'private' });
    expect(enricher.lookup(alertWith({ ...fields, 'awselb.target_ip': '10.0.0.2' }))).toEqual(facts);
  });

  it.each([
    ['awselb.client_ip', null],
    ['awselb.client_ip', '-'],
    ['awselb.client_ip', 89],
    ['awselb.client_port', '89.160.20.112'],
    ['ka.sourceips', []],
    ['ka.sourceips', [['2001:218::1', 1]].slice(1)],
  ])('says nothing about %s = %j', async (field, value) => {
    expect((await open()).lookup(alertWith({ [field]: value }))).toBeUndefined();
  });

  it('counts public addresses, and those of them that no database knows', async () => {
    const enricher = await open();
    for (const address of ['89.160.20.112', '10.0.0.7', '9.9.9.9']) enricher.lookup(alertWith({ 'fd.sip': address }));
    expect(enricher.counts?.()).toEqual({ asked: 2, missed: 1 });
  });
});
