import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { TriageThread } from '../../src/triage/thread.ts';
import { Unavailable } from '../../src/triage/triage.ts';
import { describeTriage } from '../contracts/describe-triage.ts';
import { someAlerts } from '../support/alerts.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { threadBench } from '../support/triage-bench.ts';

describeTriage('on its thread', (folder) => threadBench(folder), 3);

/** Threads of triage over some alerts, each of which can be ended, and time in the test's hand. */
async function breakable(first: 'works' | 'hangs' = 'works'): Promise<{
  readonly triage: TriageThread;
  readonly clock: HandClock;
  readonly waits: readonly number[];
  /** How long threads said nothing before they were ended. */
  readonly silences: readonly number[];
  /** Resolves at the next message of the thread that runs. */
  heard(this: void): Promise<unknown>;
  /** Resolves when the next thread has ended. */
  ended(this: void): Promise<void>;
  /** Ends the thread that runs, and resolves once it is known. */
  break(this: void): Promise<void>;
}> {
  const folder = temporaryFolder();
  const storePath = join(folder, 'alerts.db');
  const store = openSqliteStore({ path: storePath, clock: systemClock });
  await store.append(someAlerts(3), 'written');
  const clock = handClock();
  const workers: Worker[] = [];
  const waits: number[] = [];
  const silences: number[] = [];
  let told: (() => void) | undefined;
  const triage = new TriageThread({
    clock,
    start() {
      const entry = new URL('../../src/triage-thread.ts', import.meta.url);
      const worker =
        first === 'hangs' && workers.length === 0
          ? new Worker('for (;;);', { eval: true })
          : new Worker(entry, { workerData: { storePath, path: join(folder, 'triage.db') } });
      workers.push(worker);
      return worker;
    },
    broke(_cause, waitMs) {
      waits.push(waitMs);
      told?.();
    },
    hung: (silentMs) => silences.push(silentMs),
  });
  onTestFinished(async () => {
    await triage.close();
    await store.close();
  });
  return {
    triage,
    clock,
    waits,
    silences,
    heard: () => new Promise((resolve) => workers.at(-1)?.once('message', resolve)),
    ended: () =>
      new Promise((resolve) => {
        told = resolve;
      }),
    break: () =>
      new Promise((resolve) => {
        told = resolve;
        void workers.at(-1)?.terminate();
      }),
  };
}

it('starts a thread again that broke, and says so meanwhile', async () => {
  const { triage, clock, break: breakIt } = await breakable();
  // Before its index is read a thread answers as well, though of fewer alerts.
  const [row] = (await triage.alerts({}, { limit: 1 })).alerts;
  const id = row?.id ?? '';
  await triage.decide(id, 0, { assignee: 'ann' }, 'ann');
  expect(triage.problems()).toEqual([]);
  await breakIt();
  expect(triage.problems()).toEqual(['the thread of triage broke (it ended with 1); it is started again after 0.5 s']);
  await expect(triage.stats({})).rejects.toThrow(Unavailable);
  triage.noteDeliveries([{ output: 'slack', state: 'delivered', at: 1, positions: [row?.position ?? 0] }]);
  await clock.advance(500);
  expect(await triage.find(id)).toMatchObject({
    triage: { assignee: 'ann' },
    delivered: [{ output: 'slack', state: 'delivered' }],
  });
  expect(triage.problems()).toEqual([]);
});

it('waits longer before each start of a thread that goes on to break, a minute at most', async () => {
  const { triage, clock, waits, break: breakIt } = await breakable();
  for (let time = 0; time < 9; time++) {
    await breakIt();
    await clock.advance(waits.at(-1) ?? 0);
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect((await triage.stats({})).total).toBeLessThanOrEqual(3);
  await clock.advance(60_000);
  await breakIt();
  expect(waits.at(-1)).toBe(500);
});

it('refuses the questions that a thread leaves behind', async () => {
  const { triage, break: breakIt } = await breakable();
  const asked = triage.stats({});
  asked.catch(() => undefined);
  await breakIt();
  await expect(asked).rejects.toThrow(/broke/);
});

it('ends a thread that says nothing for two minutes, and starts it again', async () => {
  const { triage, clock, waits, silences, ended } = await breakable('hangs');
  const asked = triage.stats({});
  asked.catch(() => undefined);
  await clock.advance(119_999);
  expect([silences, triage.problems()]).toEqual([[], []]);
  const end = ended();
  await clock.advance(1);
  await expect(asked).rejects.toThrow('has said nothing for 120 s; it is ended and started again');
  await expect(triage.stats({})).rejects.toThrow(Unavailable);
  await end;
  expect([silences, waits]).toEqual([[120_000], [500]]);
  expect(triage.problems()).toEqual([
    'the thread of triage broke (it said nothing for 120 s and was ended); it is started again after 0.5 s',
  ]);
  await clock.advance(500);
  expect((await triage.stats({})).total).toBeLessThanOrEqual(3);
  expect(triage.problems()).toEqual([]);
});

it('lets a thread be that answers its beats, though nobody asks it anything', async () => {
  const { triage, clock, silences, heard } = await breakable();
  await triage.stats({});
  for (let beat = 0; beat < 20; beat++) {
    const answer = heard();
    await clock.advance(15_000);
    await answer;
  }
  expect([silences, triage.problems()]).toEqual([[], []]);
});

it('does not wait for ever for a thread that does not close', async () => {
  const { triage, clock } = await breakable('hangs');
  const closed = triage.close();
  await clock.advance(30_000);
  await closed;
  await expect(triage.stats({})).rejects.toThrow(Unavailable);
});

it('closes while it waits to start again', async () => {
  const { triage, break: breakIt } = await breakable();
  await breakIt();
  await triage.close();
  await expect(triage.stats({})).rejects.toThrow(Unavailable);
});
