import type { Detector, ObjectReport } from './detector.ts';
import type { Source } from './sources/source.ts';

/** Told as it happens, for logs and metrics. Must not throw. */
export interface IngestObserver {
  began(source: string): void;
  ended(source: string, report: ObjectReport): void;
  /** A source has no more objects; `objects` were read. */
  exhausted(source: string, objects: number): void;
  /** What became of an object could not be recorded at its source: it will come again. `ended` is not told of it. */
  unsettled(source: string, object: string, cause: Error): void;
  /** A source is unusable; it is left until the next start. */
  failed(source: string, cause: Error): void;
}

/** What is left when all sources have ended. */
export interface IngestResult {
  /** Objects that will never be read. */
  readonly givenUp: number;
  /** Objects that were not read to their end, or whose settling was not recorded: they come again at the next start. */
  readonly unread: number;
  /** Sources that were unusable. */
  readonly failedSources: number;
}

/** Where a source does not say: hides the latency of a remote store, and bounds what waits for the intake. */
const defaultAtOnce = 4;

/**
 * Reads all sources side by side, each one's objects as many at once as it allows, until they have no more or the signal
 * stops them. Resolves when everything that was begun is settled. Never rejects.
 */
export async function ingest(
  sources: readonly Source[],
  detector: Pick<Detector, 'read'>,
  observer: IngestObserver,
  signal: AbortSignal,
): Promise<IngestResult> {
  const results = await Promise.all(sources.map((source) => ingestOne(source, detector, observer, signal)));
  const sum = (of: keyof IngestResult): number => results.reduce((total, result) => total + result[of], 0);
  return { givenUp: sum('givenUp'), unread: sum('unread'), failedSources: sum('failedSources') };
}

async function ingestOne(
  source: Source,
  detector: Pick<Detector, 'read'>,
  observer: IngestObserver,
  signal: AbortSignal,
): Promise<IngestResult> {
  const atOnce = source.atOnce ?? defaultAtOnce;
  const reading = new Set<Promise<void>>();
  /** By name: an object that failed may be offered again, and read. */
  const unread = new Set<string>();
  let objects = 0;
  let givenUp = 0;
  let failedSources = 0;
  const ended = (report: ObjectReport): void => {
    if (report.outcome.kind === 'retry') unread.add(report.object);
    else unread.delete(report.object);
    if (report.outcome.kind === 'reject') givenUp++;
    observer.ended(source.name, report);
  };
  try {
    for await (const object of source.objects(signal)) {
      objects++;
      observer.began(source.name);
      const read = detector
        .read(object, signal)
        .then(ended, (error: unknown) => {
          unread.add(object.name);
          observer.unsettled(source.name, object.name, errorOf(error));
        })
        .then(() => {
          reading.delete(read);
        });
      reading.add(read);
      if (reading.size >= atOnce) await Promise.race(reading);
    }
    await Promise.all(reading);
    if (!signal.aborted) observer.exhausted(source.name, objects);
  } catch (error) {
    await Promise.all(reading);
    failedSources = 1;
    observer.failed(source.name, errorOf(error));
  }
  return { givenUp, unread: unread.size, failedSources };
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
