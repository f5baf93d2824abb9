import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

it('answers from saved columns after a restart, and reads on from there', async () => {
  const folder = temporaryFolder();
  const count = 2 * 16_384 + 10;
  let bench = deskBench(folder);
  for (let from = 1; from <= count; from += 5_000) {
    const some = someAlerts(Math.min(5_000, count - from + 1), from);
    await bench.append(some.map((alert, n) => ({ ...alert, rule: `Rule ${(from + n) % 7}` })));
  }
  await bench.triage.decide(
    (await bench.triage.alerts({}, { limit: 1 })).alerts[0]?.id ?? '',
    0,
    { assignee: 'ann' },
    'ann',
  );
  const questions = async (): Promise<unknown> => [
    await bench.triage.stats({ ip: ['81.2.69.0/24'] }),
    await bench.triage.stats({ assignee: ['ann'] }),
    await bench.triage.stats({ q: ['scan'] }),
    await bench.triage.groups({ rule: ['Rule 3'] }, { limit: 5 }),
    await bench.triage.alerts({ path: ['/wp-login.php'] }, { limit: 5, cursor: '17000' }),
  ];
  const before = await questions();
  await bench.close();
  bench = deskBench(folder);
  expect(await questions()).toEqual(before);
  await bench.store.retain({ maxAlerts: 20_000, readers: [] });
  await bench.retained();
  await bench.close();
  bench = deskBench(folder);
  expect((await bench.triage.stats({})).total).toBe(20_000);
  await bench.append([anAlert('after')]);
  expect((await bench.triage.stats({})).total).toBe(20_001);
  await bench.close();
});

it('goes on with a bulk of notes where the call before had to end', async () => {
  const bench = deskBench(temporaryFolder());
  const count = 50_001;
  for (let from = 1; from <= count; from += 10_000)
    await bench.append(someAlerts(Math.min(10_000, count - from + 1), from));
  const note = (text: string) => bench.triage.decideAll({}, undefined, { note: text }, 'ann');
  expect(await note('a scan')).toEqual({ changed: 50_000, remaining: 1 });
  expect(await note('a scan')).toEqual({ changed: 1, remaining: 0 });
  expect(await note('a scan')).toEqual({ changed: 0, remaining: 0 });
  expect(await note('')).toEqual({ changed: 50_000, remaining: 1 });
  expect(await note('')).toEqual({ changed: 1, remaining: 0 });
  expect(await note('')).toEqual({ changed: 0, remaining: 0 });
  await bench.close();
}, 60_000);

it('keeps a decision that was answered when the machine dies right after', async () => {
  const folder = temporaryFolder();
  const bench = deskBench(folder);
  await bench.append(someAlerts(3));
  await bench.triage.decide(anAlert(2).id, 0, { status: 'true_positive' }, 'ann');
  // What is on disk now, and nothing that a closing process would still write.
  const after = temporaryFolder();
  cpSync(folder, after, { recursive: true });
  const next = deskBench(after);
  expect(await next.triage.find(anAlert(2).id)).toMatchObject({ row: { status: 'true_positive' } });
  await next.close();
  await bench.close();
});

it('is built anew over another store, where decisions find their alerts again', async () => {
  const folder = temporaryFolder();
  let bench = deskBench(folder);
  await bench.append(someAlerts(5));
  await bench.triage.decide(anAlert(2).id, 0, { status: 'true_positive' }, 'ann');
  await bench.triage.decide(anAlert(3).id, 0, { status: 'investigating' }, 'ann');
  await bench.close();
  for (const name of ['alerts.db', 'alerts.db-wal', 'alerts.db-shm']) rmSync(join(folder, name), { force: true });
  bench = deskBench(folder);
  await bench.append([anAlert(9, { output: 'quite another' }), anAlert(2)]);
  await bench.close();
  bench = deskBench(folder);
  expect((await bench.triage.stats({ status: ['true_positive'] })).total).toBe(1);
  expect((await bench.triage.stats({ status: ['new'] })).total).toBe(1);
  expect((await bench.triage.stats({ q: ['another'] })).total).toBe(1);
  await bench.append([anAlert(3)]);
  expect(await bench.triage.find(anAlert(3).id)).toMatchObject({ triage: { status: 'investigating', version: 1 } });
  await bench.close();
});
