import { printable } from '../base/printable.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { ObjectReport } from './detector.ts';
import type { IngestObserver } from './ingest.ts';
import type { SourceNote } from './sources/source.ts';

const lagBuckets = [1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400];

/** Counts and logs what ingest tells; one for each app. */
export function ingestMeter(metrics: Metrics, log: Log, clock: Clock): IngestObserver {
  const objects = metrics.counter({
    name: 'objects_total',
    help: 'Log objects settled, by source and outcome.',
    labels: ['source', 'outcome'],
  });
  const lines = metrics.counter({
    name: 'lines_total',
    help: 'Log lines read, bad and empty ones included.',
    labels: ['source'],
  });
  const bad = metrics.counter({
    name: 'bad_lines_total',
    help: 'Lines that are no event, by reason.',
    labels: ['source', 'reason'],
  });
  const bytes = metrics.counter({
    name: 'log_bytes_total',
    help: 'Bytes of log read, decompressed.',
    labels: ['source'],
  });
  const alerts = metrics.counter({
    name: 'rule_alerts_total',
    help: 'Alerts that our rules raised.',
    labels: ['rule'],
  });
  const lag = metrics.histogram({
    name: 'object_lag_seconds',
    help: 'Seconds from the appearance of a log object at its source until its alerts were stored.',
    labels: ['source'],
    buckets: lagBuckets,
  });
  const inFlight = new Map<string, number>();
  metrics.gauge({
    name: 'objects_in_flight',
    help: 'Log objects being read now.',
    labels: ['source'],
    read: () => [...inFlight].map(([source, count]) => [count, { source }] as const),
  });
  const step = (source: string, by: number): void => {
    inFlight.set(source, (inFlight.get(source) ?? 0) + by);
  };
  return {
    began: (source) => step(source, 1),
    ended(source, report) {
      step(source, -1);
      objects.add(1, { source, outcome: report.testObject ? 'test object' : report.outcome.kind });
      lines.add(report.lines, { source });
      bytes.add(report.bytes, { source });
      for (const [reason, count] of report.bad) bad.add(count, { source, reason });
      for (const [rule, count] of report.alerts) alerts.add(count, { rule });
      if (report.appearedAtMs !== undefined) lag.observe((clock.now() - report.appearedAtMs) / 1000, { source });
      logReport(log, source, report);
    },
    exhausted: (source, count) => log.notice('A source has no more objects.', { source, objects: count }),
    failed(source, cause) {
      step(source, -(inFlight.get(source) ?? 0));
      log.error('A source cannot be read; the others go on.', { source, error: cause });
    },
  };
}

function logReport(log: Log, source: string, report: ObjectReport): void {
  const { object, outcome, lines } = report;
  const [sample] = report.badSamples;
  if (outcome.kind === 'reject') log.error('An object is given up.', { source, object, error: outcome.cause });
  else if (outcome.kind === 'retry') {
    log.warning('An object could not be read to its end; it will be offered again.', {
      source,
      object,
      error: outcome.cause,
    });
  } else if (sample !== undefined) {
    const count = [...report.bad.values()].reduce((sum, each) => sum + each, 0);
    const first = `line ${sample.line}: ${sample.reason}: ${printable(sample.detail)}`;
    log.warning('An object has bad lines.', { source, object, lines, bad: count, first });
  } else log.debug('An object was read.', { source, object, lines });
}

/** Where buried objects and messages are written down: detect/progress.ts. */
export interface Graveyard {
  bury(source: string, name: string, reason: string, sample: string, atMs: number): void;
}

/** A source's `report`: counts and logs its notes, and writes down what is buried before it returns. */
export function sourceReporter(
  source: string,
  tools: { readonly metrics: SourceMetrics; readonly log: Log; readonly clock: Clock; readonly graveyard: Graveyard },
): (note: SourceNote) => void {
  const { metrics, log, clock, graveyard } = tools;
  return (note) => {
    switch (note.kind) {
      case 'skipped':
        metrics.skipped.add(1, { source });
        log.debug('An object was skipped.', { source, object: note.name, reason: note.reason });
        break;
      case 'buried':
        metrics.buried.add(1, { source });
        log.error('An object or message is given up; it is kept in the progress database.', {
          source,
          object: note.name,
          reason: note.reason,
        });
        try {
          graveyard.bury(source, note.name, note.reason, note.sample ?? '', clock.now());
        } catch (error) {
          log.error('It could not be written down.', { source, object: note.name, error });
        }
        break;
      case 'trouble':
        metrics.trouble.add(1, { source });
        log.warning('A source has trouble and tries again.', { source, error: note.cause });
        break;
      case 'behind':
        if (note.objects !== undefined) metrics.waiting.set(note.objects, { source });
        if (note.ageMs !== undefined) metrics.age.set(note.ageMs / 1000, { source });
        break;
      case 'backfill':
        log.notice('A source reads what lies there already.', {
          source,
          days: note.days,
          of_days: note.ofDays,
          objects: note.objects,
        });
    }
  };
}

/** What sources count together; make once for each app. */
export type SourceMetrics = ReturnType<typeof sourceMetrics>;

export function sourceMetrics(metrics: Metrics) {
  const labels = ['source'];
  return {
    skipped: metrics.counter({
      name: 'objects_skipped_total',
      help: 'Objects left alone for good: test files, other services.',
      labels,
    }),
    buried: metrics.counter({ name: 'objects_buried_total', help: 'Objects and messages given up for good.', labels }),
    trouble: metrics.counter({
      name: 'source_trouble_total',
      help: 'How often a source could not go on and tried again.',
      labels,
    }),
    waiting: metrics.gauge({
      name: 'source_waiting_objects',
      help: 'Objects or messages still to come, as the source sees it.',
      labels,
    }),
    age: metrics.gauge({ name: 'source_oldest_seconds', help: 'Age of the oldest of them.', labels }),
  };
}
