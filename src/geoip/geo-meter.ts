import type { Clock } from '../base/clock.ts';
import type { Metrics } from '../base/metrics.ts';
import type { GeoLookup } from './geo-lookup.ts';

/** Shows the lookups and the databases' age in the metrics. */
export function meterGeo(metrics: Metrics, geo: GeoLookup, clock: Clock): void {
  metrics.gauge({
    name: 'geoip_lookups',
    help: 'Addresses looked up since the start, for rules and for enrichment.',
    read: () => [[geo.counts().asked, {}]],
  });
  metrics.gauge({
    name: 'geoip_misses',
    help: 'Of those, the addresses that no database knew; private ones are among them.',
    read: () => [[geo.counts().missed, {}]],
  });
  metrics.gauge({
    name: 'geoip_database_age_seconds',
    help: 'Seconds since a database was built, by its type.',
    labels: ['database'],
    read: () => geo.databases().map(({ type, builtMs }) => [(clock.now() - builtMs) / 1000, { database: type }]),
  });
  metrics.gauge({
    name: 'geoip_problems',
    help: 'Databases that are missing, damaged or too old.',
    read: () => [[geo.problems().length, {}]],
  });
}
