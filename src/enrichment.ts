import { resolve } from 'node:path';
import type { Clock } from './base/clock.ts';
import { Closers } from './base/closers.ts';
import { present } from './base/present.ts';
import type { Config } from './config/config.ts';
import type { Enricher } from './deliver/enrich/enricher.ts';
import { embeddedBytes, embeddedDatabase } from './geoip/embedded.ts';
import { type GeoLookup, type GeoOptions, openGeoLookup } from './geoip/geo-lookup.ts';

/** The databases and the enrichers over them. */
export interface Enrichment {
  readonly geo: GeoLookup;
  readonly enrichers: readonly Enricher[];
  close(): Promise<void>;
}

export async function openEnrichment(config: Config, clock: Clock): Promise<Enrichment> {
  const closers = new Closers();
  const geo = await openGeo(config, clock, closers);
  const resolvePath = (path: string): string => resolve(config.baseDir, path);
  const enrichers: Enricher[] = [];
  for (const { name, kind, config: own } of config.enrichers) {
    const stateFile = resolve(config.stateDir, `enricher-${name}.json`);
    const enricher = await kind.open(own, { clock, geo, resolvePath, stateFile });
    closers.add(() => enricher.close?.());
    enrichers.push(enricher);
  }
  return { geo, enrichers, close: () => closers.closeAll() };
}

/** What the config says of the databases. Values that can be sent, so that another thread can open them again. */
export function geoOptions({ geoip }: Pick<Config, 'geoip'>): Omit<GeoOptions, 'clock'> {
  const { databases, reloadMs, maxAgeMs } = geoip;
  if (!geoip.embedded) return { databases, reloadMs, maxAgeMs };
  // Beside other databases it may not be needed.
  const bytes = databases.length === 0 ? embeddedBytes() : undefined;
  return { databases, reloadMs, maxAgeMs, embedded: present({ path: embeddedDatabase(), bytes }) };
}

export async function openGeo(config: Pick<Config, 'geoip'>, clock: Clock, closers: Closers): Promise<GeoLookup> {
  const geo = await openGeoLookup({ ...geoOptions(config), clock });
  closers.add(() => geo.close());
  return geo;
}
