import { join, resolve } from 'node:path';
import type { Clock } from './base/clock.ts';
import { Closers } from './base/closers.ts';
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

/** Sources that are read. */
export interface Ingesting {
  /** Resolves when those of the config in use have all ended by themselves, or were stopped. Never rejects. */
  readonly ingested: Promise<IngestResult>;
  /**
   * Reads the sources of another config instead: those that run stop (what is half read comes again), then the others begin.
   * Rejects, those of before running again, when one cannot be opened. One change at a time.
   */
  change(next: Config): Promise<void>;
}

/** Opens the config's sources and has `reader` read what they have: the rules here, or the feed to a real Falco. */
export async function startIngest(
  config: Config,
  reader: Pick<Detector, 'read'>,
  tools: IngestTools,
): Promise<Ingesting> {
  let inUse = config;
  let run = await begin(config, reader, tools);
  let changing: Promise<void> | undefined;
  tools.closers.add(() => run.close());
  const change = async (next: Config): Promise<void> => {
    await run.close();
    try {
      run = await begin(next, reader, tools);
      inUse = next;
    } catch (error) {
      run = await begin(inUse, reader, tools);
      throw error;
    }
  };
  const ingested = async (): Promise<IngestResult> => {
    for (;;) {
      const current = run;
      const result = await current.ended;
      await changing?.catch(() => undefined);
      if (current === run) return result;
    }
  };
  return {
    ingested: ingested(),
    change(next) {
      changing = change(next);
      return changing;
    },
  };
}

interface Run {
  readonly ended: Promise<IngestResult>;
  close(): Promise<void>;
}

async function begin(
  config: Config,
  reader: Pick<Detector, 'read'>,
  { clock, log, metrics, stdin }: IngestTools,
): Promise<Run> {
  const closers = new Closers();
  try {
    const path = join(config.stateDir, progressFile);
    const progress = new SqliteProgress(path);
    closers.add(() => progress.close());
    const ledger = new Ledger(path);
    closers.add(() => ledger.close());
    const tools = { clock, log, graveyard: progress, ledger };
    const sources = await openSources(config, progress, { ...tools, stdin }, metrics, closers);
    const stopping = new AbortController();
    const ended = ingest(sources, reader, ingestMeter(metrics, tools), stopping.signal);
    closers.add(async () => {
      stopping.abort();
      await ended;
    });
    return { ended, close: () => closers.closeAll() };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
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
