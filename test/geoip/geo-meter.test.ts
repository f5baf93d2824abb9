import { expect, it } from 'vitest';
import { createMetrics } from '../../src/base/metrics.ts';
import { meterGeo } from '../../src/geoip/geo-meter.ts';
import { enricherTools } from '../support/enricher-tools.ts';

it('the metrics show lookups, misses, problems and each database’s age', async () => {
  const metrics = createMetrics();
  const { geo } = enricherTools();
  const full = {
    ...geo,
    databases: () => [{ path: '/x.mmdb', type: 'GeoLite2-City', builtMs: 1_000 }],
    problems: () => ['old'],
    counts: () => ({ asked: 7, missed: 2 }),
  };
  meterGeo(metrics, full, { now: () => 61_000, sleep: () => Promise.resolve() });
  const text = await metrics.text();
  for (const line of ['lookups 7', 'misses 2', 'problems 1', 'database_age_seconds{database="GeoLite2-City"} 60']) {
    expect(text).toContain(`elb_sidekick_geoip_${line}\n`);
  }
});
