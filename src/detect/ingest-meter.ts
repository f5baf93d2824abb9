import { printable } from '../base/printable.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { ObjectReport } from './detector.ts';
import type { IngestObserver } from './ingest.ts';
import type { Ledger } from './ledger.ts';
import type { SourceNote } from './sources/source.ts';

const lagBuckets = [1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400];

/** What the observers of ingest may use. */
export interface MeterTools {
  readonly log: Log;
  readonly clock: Clock;
  readonly graveyard: Graveyard;
  readonly ledger: Pick<Ledger, 'ended' | 'buried' | 'behind' | 'flows' | 'backfills'>;
}

/** Counts, logs and writes down what ingest tells; one for each app. */
export function ingestMeter(metrics: Metrics, tools: MeterTools): IngestObserver {
  const { log, clock } = tools;
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
  const step = (source: string, by: number, lagMs?: number): void => {
    const now = (inFlight.get(source) ?? 0) + by;
    inFlight.set(source, now);
    try {
      tools.ledger.flows(source, now, lagMs, clock.now());
    } catch (error) {
      log.error('What a source is at could not be written down.', { source, error });
    }
  };
  return {
    began: (source) => step(source, 1),
    ended(source, report) {
      const lagMs = report.appearedAtMs === undefined ? undefined : clock.now() - report.appearedAtMs;
      step(source, -1, lagMs);
      objects.add(1, { source, outcome: report.testObject ? 'test object' : report.outcome.kind });
      lines.add(report.lines, { source });
      bytes.add(report.bytes, { source });
      for (const [reason, count] of report.bad) bad.add(count, { source, reason });
      for (const [rule, count] of report.alerts) alerts.add(count, { rule });
      if (lagMs !== undefined) lag.observe(lagMs / 1000, { source });
      logReport(log, source, report);
      writeDown(tools, source, report);
    },
    exhausted: (source, count) => log.notice('A source has no more objects.', { source, objects: count }),
    unsettled(source, object, cause) {
      step(source, -1);
      objects.add(1, { source, outcome: 'unsettled' });
      log.error('What became of an object could not be recorded at its source; the object will come again.', {
        source,
        object,
        error: cause,
      });
    },
    failed: (source, cause) => log.error('A source cannot be read; the others go on.', { source, error: cause }),
  };
}

function logReport(log: Log, source: string, report: ObjectReport): void {
  const { object, outcome, lines } = report;
  const [sample] = report.badSamples;
  if (outcome.kind === 'reject')
    log.error('An object is given up; "elb-sidekick status" keeps the reason.', {
      source,
      object,
      error: outcome.cause,
    });
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

function writeDown({ log, clock, graveyard, ledger }: MeterTools, source: string, report: ObjectReport): void {
  const { object, outcome, badSamples } = report;
  try {
    ledger.ended(source, report, clock.now());
    if (outcome.kind === 'reject') {
      graveyard.bury(source, object, outcome.cause.message, badSamples[0]?.start ?? '', clock.now());
    }
  } catch (error) {
    log.error('What became of an object could not be written down.', { source, object, error });
  }
}

/** Where buried objects and messages are written down: detect/progress.ts. */
export interface Graveyard {
  bury(source: string, name: string, reason: string, sample: string, atMs: number): void;
}

/** A source's `report`: counts and logs its notes, and writes down what is buried before it returns. */
export function sourceReporter(
  source: string,
  { metrics, log, clock, graveyard, ledger }: MeterTools & { readonly metrics: SourceMetrics },
): (note: SourceNote) => void {
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
          ledger.buried(source, note.name);
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
        try {
          ledger.behind(source, note, clock.now());
        } catch (error) {
          log.error('How far a source is behind could not be written down.', { source, error });
        }
        break;
      case 'backfill':
        metrics.backfill.set(note.ofDays - note.days, { source });
        try {
          ledger.backfills(source, note.days, note.ofDays, clock.now());
        } catch (error) {
          log.error('How far a source is could not be written down.', { source, error });
        }
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
    backfill: metrics.gauge({
      name: 'source_backfill_days_left',
      help: 'Days of logs that lay there already and are not listed yet.',
      labels,
    }),
    age: metrics.gauge({ name: 'source_oldest_seconds', help: 'Age of the oldest of them.', labels }),
  };
}
