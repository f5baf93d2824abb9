import { z } from 'zod';
import type { Fields, FieldValue } from '../../alert/alert.ts';
import { RecentMap } from '../../base/recent-map.ts';
import type { GeoRecord } from '../../geoip/geo-record.ts';
import { type Scope, scopeOf } from '../../geoip/scope.ts';
import { addressFields } from './address-fields.ts';
import { defineEnricher } from './enricher.ts';
import { createMerger } from './merged-facts.ts';

/**
 * Where addresses are: for each address field `geoip.FIELD.scope` (public, private, shared, loopback, link-local, multicast,
 * documentation, reserved) and, as far as the databases know, `country` (ISO code), `country_name`, `city`, `region`,
 * `latitude`, `longitude`, `asn`, `as_org`.
 */
export const geoip = defineEnricher({
  kind: 'geoip',
  about: 'Country, city, coordinates, network and kind of network of every address, from .mmdb databases.',
  config: z.strictObject({}),
  open(_config, { geo }) {
    const scopes = new RecentMap<string, Scope | undefined>(8_192);
    const together = createMerger();
    let asked = 0;
    let missed = 0;
    return Promise.resolve({
      name: 'geoip',
      lookup({ fields }) {
        const found = addressFields(fields);
        if (found.length === 0) return undefined;
        let facts: Fields | undefined;
        for (const { name, address } of found) {
          const record = geo.find(address);
          const scope = address.includes(':') ? scopes.get(address, scopeOf) : scopeOf(address);
          // A database has only public addresses.
          if (scope === 'public') {
            asked += 1;
            if (record === undefined) missed += 1;
          }
          const some = record === undefined ? factsOf(name, scope) : recalled(name, scope, record);
          if (facts === undefined) facts = some;
          else facts = found.length <= maxShared ? together(facts, some) : { ...facts, ...some };
        }
        return facts;
      },
      problems: () => geo.problems(),
      counts: () => ({ asked, missed }),
    });
  },
});

/** Alerts of so many addresses share their facts. Senders could make up more. */
const maxShared = 4;

// Lookups answer with the same record for many addresses, and alerts may share facts.
const known = new WeakMap<GeoRecord, Map<string, Fields>>();

function recalled(name: string, scope: Scope | undefined, record: GeoRecord): Fields {
  let ofRecord = known.get(record);
  if (ofRecord === undefined) {
    ofRecord = new Map();
    known.set(record, ofRecord);
  }
  const key = `${scope ?? ''} ${name}`;
  const before = ofRecord.get(key);
  if (before !== undefined) return before;
  const facts = factsOf(name, scope, record);
  // Senders could make names up.
  if (ofRecord.size < 64) ofRecord.set(key, facts);
  return facts;
}

function factsOf(name: string, scope: Scope | undefined, record: GeoRecord = {}): Fields {
  const prefix = `geoip.${name}.`;
  const facts: Record<string, FieldValue> = { [`${prefix}scope`]: scope ?? null };
  if (record.country !== undefined) facts[`${prefix}country`] = record.country;
  if (record.countryName !== undefined) facts[`${prefix}country_name`] = record.countryName;
  if (record.city !== undefined) facts[`${prefix}city`] = record.city;
  if (record.region !== undefined) facts[`${prefix}region`] = record.region;
  if (record.latitude !== undefined) facts[`${prefix}latitude`] = record.latitude;
  if (record.longitude !== undefined) facts[`${prefix}longitude`] = record.longitude;
  if (record.asn !== undefined) facts[`${prefix}asn`] = record.asn;
  if (record.asOrg !== undefined) facts[`${prefix}as_org`] = record.asOrg;
  return facts;
}
