import type { Detector, ObjectReport } from './detector.ts';
import type { Source } from './sources/source.ts';

/** Told as it happens, for logs and metrics. Must not throw. */
export interface IngestObserver {
  began(source: string): void;
  ended(source: string, report: ObjectReport): void;
  /** A source has no more objects; `objects` were read. */
  exhausted(source: string, objects: number): void;
  /** A source is unusable, or could not record what was settled; it is left until the next start. */
  failed(source: string, cause: Error): void;
}

/** Where a source does not say: hides the latency of a remote store, and bounds what waits for the intake. */
const defaultAtOnce = 4;

/**
 * Reads all sources side by side, each one's objects as many at once as it allows, until they have no more or the signal
 * stops them. Resolves when everything that was begun is settled. Never rejects.
 */
export async function ingest(
  sources: readonly Source[],
  detector: Detector,
  observer: IngestObserver,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(sources.map((source) => ingestOne(source, detector, observer, signal)));
}

async function ingestOne(
  source: Source,
  detector: Detector,
  observer: IngestObserver,
  signal: AbortSignal,
): Promise<void> {
  const atOnce = source.atOnce ?? defaultAtOnce;
  const reading = new Set<Promise<void>>();
  let objects = 0;
  const fail = (error: unknown): void => {
    observer.failed(source.name, error instanceof Error ? error : new Error(String(error)));
  };
  try {
    for await (const object of source.objects(signal)) {
      objects++;
      observer.began(source.name);
      const read = detector
        .read(object, signal)
        .then((report) => observer.ended(source.name, report))
        .catch(fail)
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
    fail(error);
  }
}
