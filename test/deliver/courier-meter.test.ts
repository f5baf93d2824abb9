import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { courierMeter } from '../../src/deliver/courier-meter.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { anAlert, someAlerts } from '../support/alerts.ts';

const folder = mkdtempSync(join(tmpdir(), 'courier-meter-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('what the courier tells is counted by output, under falcosidekick’s name as well', async () => {
  const store = openSqliteStore({ path: join(folder, 'alerts.db'), clock: systemClock });
  const metrics = createMetrics();
  const inUse = new Map([
    ['slack', 'slack'],
    ['archive', 's3'],
  ]);
  let nowMs = systemClock.now();
  const series = async (name: string): Promise<string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(name));
  const meter = courierMeter(metrics, silentLog, store, { clock: { now: () => nowMs }, outputs: () => inUse });
  // Prometheus sees no increase in a series that begins with 1.
  expect(await series('elb_sidekick_alerts_buried_total')).toEqual([
    'elb_sidekick_alerts_buried_total{output="slack"} 0',
    'elb_sidekick_alerts_buried_total{output="archive"} 0',
  ]);
  expect(await series('falcosecurity_falcosidekick_outputs_total{destination="awss3"')).toEqual([
    'falcosecurity_falcosidekick_outputs_total{destination="awss3",status="ok"} 0',
    'falcosecurity_falcosidekick_outputs_total{destination="awss3",status="error"} 0',
  ]);
  await store.append(someAlerts(3), 'written');
  await store.reader('slack').commit({ position: 1 });
  await store.reader('archive').commit({ position: 3 });
  await store.reader('removed').commit({ position: 0 });
  meter.sent?.('slack', 2, 40);
  meter.sent?.('archive', 1, 40);
  meter.buried?.('slack', anAlert(3), 'refused');
  nowMs += 90_000;
  const text = await metrics.text();
  for (const line of [
    'elb_sidekick_alerts_sent_total{output="slack"} 2',
    'elb_sidekick_alerts_buried_total{output="slack"} 1',
    'elb_sidekick_send_seconds_bucket{le="0.1",output="slack"} 1',
    'elb_sidekick_alerts_stored 3',
    'elb_sidekick_alerts_undelivered{output="slack"} 2',
    'elb_sidekick_alerts_undelivered{output="archive"} 0',
    'elb_sidekick_oldest_undelivered_seconds{output="archive"} 0',
    'falcosecurity_falcosidekick_outputs_total{destination="awss3",status="ok"} 1',
    'falcosecurity_falcosidekick_outputs_total{destination="slack",status="ok"} 2',
    'falcosecurity_falcosidekick_outputs_total{destination="slack",status="error"} 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  const oldest = Number(/oldest_undelivered_seconds\{output="slack"\} (\S+)/.exec(text)?.[1]);
  expect(oldest).toBeGreaterThan(89);
  expect(oldest).toBeLessThan(100);
  // An output that is no longer there waits for nothing.
  expect(text).not.toContain('"removed"');
  await store.close();
});
