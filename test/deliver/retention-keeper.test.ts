import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keepRetention } from '../../src/deliver/retention-keeper.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { someAlerts } from '../support/alerts.ts';
import { handClock } from '../support/hand-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('alerts past the limits go at once and from time to time, and losses are told', async () => {
  const clock = handClock();
  const store = openSqliteStore({ path: join(temporaryFolder(), 'alerts.db'), clock, sync: async () => undefined });
  onTestFinished(() => store.close());
  const told: unknown[] = [];
  await store.append(someAlerts(10), 'written');
  await store.reader('slack').commit({ position: 2 });
  const stop = keepRetention({
    store,
    clock,
    everyMs: 60_000,
    retention: { maxAlerts: 5, maxAlertsUndelivered: 7, readers: ['slack'] },
    removed: (retained) => told.push(retained),
    failed: (cause) => told.push(cause),
  });
  await clock.advance(0);
  expect(told).toEqual([{ removed: 3, undelivered: { slack: 1 } }]);
  await store.reader('slack').commit({ position: 10 });
  await clock.advance(59_999);
  expect(told).toHaveLength(1);
  await clock.advance(1);
  expect(told.slice(1)).toEqual([{ removed: 2, undelivered: {} }]);
  expect(store.stats().alerts).toBe(5);
  await stop();
});

test('a store that fails is told, and looked at again', async () => {
  const clock = handClock();
  const store = openSqliteStore({ path: join(temporaryFolder(), 'alerts.db'), clock });
  await store.close();
  const failures: string[] = [];
  const stop = keepRetention({
    store,
    clock,
    everyMs: 1000,
    retention: { maxAlerts: 5, readers: [] },
    removed: () => undefined,
    failed: ({ message }) => failures.push(message),
  });
  await clock.advance(1000);
  expect(failures).toHaveLength(2);
  expect(failures[0]).toContain('closed');
  await stop();
});
