import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { Enricher } from '../../src/deliver/enrich/enricher.ts';
import { createIntake } from '../../src/deliver/intake.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { anAlert } from '../support/alerts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function enricher(name: string, lookup: Enricher['lookup']): Enricher {
  return { name, lookup, problems: () => [] };
}

function storeHere() {
  return openSqliteStore({ path: `${temporaryFolder()}/alerts.db`, clock: systemClock });
}

test('an alert is stored with sorted tags, each once, and what the enrichers add', async () => {
  const store = storeHere();
  const intake = createIntake({
    store,
    enrichers: [
      enricher('geoip', (alert) => ({
        'geoip.client_ip.country': alert.fields['awselb.client_ip'] === '81.2.69.142' ? 'GB' : null,
      })),
      enricher('elb', () => undefined),
      enricher('list', () => ({ 'list.hit': true })),
    ],
  });
  const alert = anAlert(1, { tags: ['web', 'scan', 'web'] });
  expect(await intake.receive([alert, alert])).toEqual(['added', 'repeated']);
  expect(store.get(alert.id)?.alert).toEqual({
    ...alert,
    tags: ['scan', 'web'],
    enrichment: { 'geoip.client_ip.country': 'GB', 'list.hit': true },
  });
  await store.close();
});

test('an enricher that throws, or writes under another name, costs its facts and nothing else', async () => {
  const store = storeHere();
  const problems: string[] = [];
  const intake = createIntake({
    store,
    enrichers: [
      enricher('bad', () => {
        throw new Error('no database');
      }),
      enricher('greedy', () => ({ rule: 'mine', 'greedy.x': 1 })),
      enricher('good', () => ({ 'good.x': 1 })),
    ],
    misbehaved: (name, problem) => problems.push(`${name}: ${problem}`),
  });
  await intake.accept([anAlert(1)]);
  expect(store.get(anAlert(1).id)?.alert).toEqual({ ...anAlert(1), enrichment: { 'good.x': 1 } });
  expect(problems).toEqual(['bad: no database', 'greedy: it wrote "rule", which is not under its own name']);
  await store.close();
});

test('accept resolves only after a sync, receive as configured', async () => {
  let syncs = 0;
  const sync = async (): Promise<void> => {
    syncs += 1;
  };
  const store = openSqliteStore({
    path: `${temporaryFolder()}/alerts.db`,
    clock: systemClock,
    sync,
    syncEveryMs: 60_000,
  });
  const intake = createIntake({ store, enrichers: [] });
  await intake.receive([anAlert(1)]);
  expect(syncs).toBe(0);
  await intake.receive([anAlert(2)], 'synced');
  expect(syncs).toBe(1);
  await intake.accept([anAlert(3)]);
  expect(syncs).toBe(2);
  await intake.accept([]);
  expect(syncs).toBe(2);
  await store.close();
});

test('when the store does not take the alerts, the caller learns it', async () => {
  const store = storeHere();
  const intake = createIntake({ store, enrichers: [] });
  await store.close();
  await expect(intake.accept([anAlert(1)])).rejects.toThrow('closed');
});
