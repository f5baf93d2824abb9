import type { Metrics } from '../base/metrics.ts';
import type { Enricher } from './enrich/enricher.ts';

/** Shows in the metrics what enrichers were asked and did not know, and whether something is wrong with them. */
export function meterEnrichers(metrics: Metrics, enrichers: () => readonly Enricher[]): void {
  const labels = ['enricher'];
  const counted = (of: 'asked' | 'missed') => () =>
    enrichers().flatMap((enricher) => {
      const counts = enricher.counts?.();
      return counts === undefined ? [] : [[counts[of], { enricher: enricher.name }] as const];
    });
  metrics.gauge({
    name: 'enrichment_lookups',
    help: 'Questions since the start that the enricher should know an answer to, by enricher.',
    labels,
    read: counted('asked'),
  });
  metrics.gauge({
    name: 'enrichment_misses',
    help: 'Of those, the ones that it had no answer to.',
    labels,
    read: counted('missed'),
  });
  metrics.gauge({
    name: 'enrichment_problems',
    help: 'What is wrong with an enricher now: databases or files missing or old, AWS not answering. /readyz has the words.',
    labels,
    read: () => enrichers().map((enricher) => [enricher.problems().length, { enricher: enricher.name }] as const),
  });
}
