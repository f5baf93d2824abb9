import { expect, it } from 'vitest';
import { describeTriage } from '../contracts/describe-triage.ts';
import { anAlert, someAlerts } from '../support/alerts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { deskBench } from '../support/triage-bench.ts';

describeTriage('at a desk', (folder) => deskBench(folder), 60);

it('forgets what the retention took, decisions with it', async () => {
  const bench = deskBench(temporaryFolder());
  await bench.append(someAlerts(10));
  await bench.triage.decide(anAlert(1).id, 0, { status: 'investigating' }, 'ann');
  await bench.triage.decide(anAlert(9).id, 0, { status: 'investigating' }, 'ann');
  await bench.store.retain({ maxAlerts: 3, readers: [] });
  await bench.retained();
  expect((await bench.triage.stats({})).total).toBe(3);
  expect((await bench.triage.stats({ q: ['scan'] })).total).toBe(3);
  expect((await bench.triage.stats({ status: ['investigating'] })).total).toBe(1);
  expect(await bench.triage.find(anAlert(1).id)).toBeUndefined();
  await bench.append([anAlert(11)]);
  expect((await bench.triage.alerts({}, { limit: 9 })).alerts.map(({ id }) => id)).toEqual(
    [11, 10, 9, 8].map((n) => anAlert(n).id),
  );
  await bench.close();
});
