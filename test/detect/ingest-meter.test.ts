import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { done, type Outcome, reject, retry } from '../../src/base/outcome.ts';
import type { ObjectReport } from '../../src/detect/detector.ts';
import { ingestMeter, sourceMetrics, sourceReporter } from '../../src/detect/ingest-meter.ts';
import { Ledger } from '../../src/detect/ledger.ts';
import { SqliteProgress } from '../../src/detect/progress.ts';
import { handClock } from '../support/hand-clock.ts';

function report(outcome: Outcome, more: Partial<ObjectReport> = {}): ObjectReport {
  return {
    object: 's3://b/a.log.gz',
    outcome,
    lines: 10,
    events: 8,
    bytes: 5000,
    testObject: false,
    bad: new Map(),
    badSamples: [],
    alerts: new Map(),
    ...more,
  };
}

function start() {
  const clock = handClock();
  const lines: string[] = [];
  const log = createLog({ level: 'debug', readable: true, write: (line) => lines.push(line), now: () => clock.now() });
  const metrics = createMetrics();
  const graveyard = new SqliteProgress(':memory:');
  const ledger = new Ledger(':memory:');
  const tools = { log, clock, graveyard, ledger };
  /** The samples of a metric, without the prefix of all of ours. */
  const samples = async (name: string): Promise<string[]> =>
    (await metrics.text())
      .split('\n')
      .flatMap((line) => (line.startsWith(`elb_sidekick_${name}`) ? line.slice(13) : []));
  return {
    clock,
    lines,
    samples,
    graveyard,
    ledger,
    meter: ingestMeter(metrics, tools),
    note: sourceReporter('logs', { metrics: sourceMetrics(metrics), ...tools }),
  };
}

describe('what ingest tells', () => {
  it('is counted: objects, lines, bad lines by reason, bytes, alerts, retries, what is in flight, lag', async () => {
    const { clock, meter, samples } = start();
    for (let object = 0; object < 4; object++) meter.began('logs');
    expect(await samples('objects_in_flight')).toEqual(['objects_in_flight{source="logs"} 4']);
    const bad = new Map([
      ['unrecognised', 2],
      ['too long', 1],
    ]);
    meter.ended('logs', report(done, { bad, appearedAtMs: clock.now() - 4000, alerts: new Map([['R', 3]]) }));
    meter.ended('logs', report(retry(new Error('reset'))));
    meter.ended('logs', report(reject(new Error('corrupt'))));
    expect(await samples('objects_in_flight')).toEqual(['objects_in_flight{source="logs"} 1']);
    expect((await samples('objects_total')).sort()).toEqual(
      ['done', 'reject', 'retry'].map((outcome) => `objects_total{source="logs",outcome="${outcome}"} 1`),
    );
    expect(await samples('lines_total')).toEqual(['lines_total{source="logs"} 30']);
    expect(await samples('log_bytes_total')).toEqual(['log_bytes_total{source="logs"} 15000']);
    expect((await samples('bad_lines_total')).sort()).toEqual([
      'bad_lines_total{source="logs",reason="too long"} 1',
      'bad_lines_total{source="logs",reason="unrecognised"} 2',
    ]);
    expect(await samples('rule_alerts_total')).toEqual(['rule_alerts_total{rule="R"} 3']);
    expect(await samples('object_lag_seconds_bucket')).toEqual(
      expect.arrayContaining([
        'object_lag_seconds_bucket{le="1",source="logs"} 0',
        'object_lag_seconds_bucket{le="5",source="logs"} 1',
      ]),
    );
  });

  it('is counted: queue age, what waits, what was skipped or given up, trouble, days of a backfill', async () => {
    const { note, samples } = start();
    note({ kind: 'behind', objects: 12, ageMs: 34_000 });
    note({ kind: 'skipped', name: 'x', reason: 'the test file' });
    note({ kind: 'buried', name: 'y', reason: 'not JSON' });
    note({ kind: 'trouble', cause: new Error('SlowDown') });
    note({ kind: 'backfill', days: 3, ofDays: 10, objects: 500 });
    expect(await samples('source_waiting_objects')).toEqual(['source_waiting_objects{source="logs"} 12']);
    expect(await samples('source_oldest_seconds')).toEqual(['source_oldest_seconds{source="logs"} 34']);
    expect(await samples('objects_skipped_total')).toEqual(['objects_skipped_total{source="logs"} 1']);
    expect(await samples('objects_buried_total')).toEqual(['objects_buried_total{source="logs"} 1']);
    expect(await samples('source_trouble_total')).toEqual(['source_trouble_total{source="logs"} 1']);
    expect(await samples('source_backfill_days_left')).toEqual(['source_backfill_days_left{source="logs"} 7']);
  });

  it('can be found again: bad objects and samples of bad lines, in the log and for "status"', () => {
    const { graveyard, ledger, lines, meter } = start();
    const badSamples = [{ line: 7, reason: 'unrecognised', detail: 'odd \u001b[2J', start: 'GET /' }];
    meter.ended('logs', report(done, { bad: new Map([['unrecognised', 1]]), badSamples }));
    meter.ended('logs', report(reject(new Error('the gzip file is damaged'))));
    expect(ledger.badLines(10)).toMatchObject([{ object: 's3://b/a.log.gz', line: 7, start: 'GET /' }]);
    expect(graveyard.buried(10)).toMatchObject([{ name: 's3://b/a.log.gz', reason: 'the gzip file is damaged' }]);
    expect(lines[0]).toContain('An object has bad lines.');
    expect(lines[0]).toMatch(/odd \\+x1b\[2J/);
    expect(lines[1]).toContain('the gzip file is damaged');
  });
});
