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
  const meter = courierMeter(metrics, silentLog, store);
  await store.append(someAlerts(3), 'written');
  meter.sent?.('slack', 2, 40);
  meter.buried?.('slack', anAlert(3), 'refused');
  const text = await metrics.text();
  for (const line of [
    'elb_sidekick_alerts_sent_total{output="slack"} 2',
    'elb_sidekick_alerts_buried_total{output="slack"} 1',
    'elb_sidekick_send_seconds_bucket{le="0.1",output="slack"} 1',
    'elb_sidekick_alerts_stored 3',
    'falcosecurity_falcosidekick_outputs_total{destination="slack",status="ok"} 2',
    'falcosecurity_falcosidekick_outputs_total{destination="slack",status="error"} 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  await store.close();
});
