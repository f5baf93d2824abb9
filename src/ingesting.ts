import { join, resolve } from 'node:path';
import type { Clock } from './base/clock.ts';
import type { Closers } from './base/closers.ts';
import type { Log } from './base/log.ts';
import type { Metrics } from './base/metrics.ts';
import type { Config } from './config/config.ts';
import type { Detector } from './detect/detector.ts';
import { ingest, type IngestResult } from './detect/ingest.ts';
import { ingestMeter, type MeterTools, sourceMetrics, sourceReporter } from './detect/ingest-meter.ts';
import { Ledger } from './detect/ledger.ts';
import { progressFile, SqliteProgress } from './detect/progress.ts';
import type { Source } from './detect/sources/source.ts';

/** What ingest may use of the app. */
export interface IngestTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly closers: Closers;
  readonly stdin: () => AsyncIterable<Uint8Array>;
}

/**
 * Opens the config's sources and has `reader` read what they have: the rules here, or the feed to a real Falco. Resolves,
 * once the sources are open, to the promise of their end (in an object, or it would be waited for).
 */
export async function startIngest(
  config: Config,
  reader: Pick<Detector, 'read'>,
  { clock, log, metrics, closers, stdin }: IngestTools,
): Promise<{ readonly ingested: Promise<IngestResult> }> {
  const path = join(config.stateDir, progressFile);
  const progress = new SqliteProgress(path);
  closers.add(() => progress.close());
  const ledger = new Ledger(path);
  closers.add(() => ledger.close());
  const tools = { clock, log, graveyard: progress, ledger };
  const sources = await openSources(config, progress, { ...tools, stdin }, metrics, closers);
  const stopping = new AbortController();
  const ingested = ingest(sources, reader, ingestMeter(metrics, tools), stopping.signal);
  closers.add(async () => {
    stopping.abort();
    await ingested;
  });
  return { ingested };
}

async function openSources(
  config: Config,
  progress: SqliteProgress,
  tools: MeterTools & Pick<IngestTools, 'stdin'>,
  metrics: Metrics,
  closers: Closers,
): Promise<Source[]> {
  const { clock, stdin } = tools;
  const counted = sourceMetrics(metrics);
  const sources: Source[] = [];
  closers.add(async () => {
    for (const source of sources) await source.close?.();
  });
  for (const { name, kind, config: own } of config.sources) {
    const report = sourceReporter(name, { metrics: counted, ...tools });
    const resolvePath = (path: string): string => resolve(config.baseDir, path);
    sources.push(await kind.open(own, { name, clock, progress, report, resolvePath, stdin }));
  }
  return sources;
}
