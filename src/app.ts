import type { Clock } from './base/clock.ts';
import type { Config } from './config/config.ts';
import type { Enricher } from './deliver/enrich/enricher.ts';
import { embeddedDatabase } from './geoip/embedded.ts';
import { type GeoLookup, openGeoLookup } from './geoip/geo-lookup.ts';

/** The databases and the enrichers over them. */
export interface Enrichment {
  readonly geo: GeoLookup;
  readonly enrichers: readonly Enricher[];
  close(): Promise<void>;
}

export async function openEnrichment({ geoip, enrichers: configured }: Config, clock: Clock): Promise<Enrichment> {
  const { databases, reloadMs, maxAgeMs } = geoip;
  const embedded = geoip.embedded ? { embedded: embeddedDatabase() } : {};
  const geo = await openGeoLookup({ databases, reloadMs, maxAgeMs, clock, ...embedded });
  const enrichers = await Promise.all(configured.map(({ kind, config }) => kind.open(config, { clock, geo })));
  return {
    geo,
    enrichers,
    close: async () => {
      for (const enricher of enrichers) await enricher.close?.();
      await geo.close();
    },
  };
}
