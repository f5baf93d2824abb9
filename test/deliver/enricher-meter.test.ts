import { expect, test } from 'vitest';
import { createMetrics } from '../../src/base/metrics.ts';
import type { Enricher } from '../../src/deliver/enrich/enricher.ts';
import { meterEnrichers } from '../../src/deliver/enricher-meter.ts';

test('shows lookups, misses and problems of the enrichers that are in use at the scrape', async () => {
  const metrics = createMetrics();
  let inUse = [enricher('geoip', [], 2), enricher('threat', ['tor.txt is missing'])];
  meterEnrichers(metrics, () => inUse);
  const first = await metrics.text();
  expect(first).toContain('elb_sidekick_enrichment_lookups{enricher="geoip"} 7');
  expect(first).toContain('elb_sidekick_enrichment_misses{enricher="geoip"} 2');
  expect(first).toContain('elb_sidekick_enrichment_problems{enricher="geoip"} 0');
  expect(first).toContain('elb_sidekick_enrichment_problems{enricher="threat"} 1');
  expect(first).not.toContain('lookups{enricher="threat"}');
  inUse = [enricher('elb', [], 0)];
  const second = await metrics.text();
  expect(second).toContain('elb_sidekick_enrichment_misses{enricher="elb"} 0');
  expect(second).not.toContain('geoip');
});

function enricher(name: string, problems: string[], missed?: number): Enricher {
  return {
    name,
    lookup: () => undefined,
    problems: () => problems,
    ...(missed === undefined ? {} : { counts: () => ({ asked: 7, missed }) }),
  };
}
