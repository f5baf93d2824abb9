import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Alert } from '../../src/alert/alert.ts';
import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { AlertStore } from '../../src/deliver/store/alert-store.ts';
import { followStore } from '../../src/deliver/store/follow.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { Desk } from '../../src/triage/desk.ts';
import { answerAt, type TriageCall, TriageThread } from '../../src/triage/thread.ts';
import { openTriageFile } from '../../src/triage/triage-file.ts';
import type { Triage, TriageNews } from '../../src/triage/triage.ts';

/** A store on disk and triage over it. */
export interface TriageBench {
  readonly store: AlertStore;
  readonly triage: Triage;
  /** Stores them and resolves once triage lists them. */
  append(this: void, alerts: readonly Alert[]): Promise<void>;
  /** Resolves once triage has forgotten what the store's retention took. */
  retained(): Promise<void>;
  close(): Promise<void>;
}

/** The desk on this thread, following when it is told to: tests own its time. */
export function deskBench(folder: string, now: () => number = () => systemClock.now()): TriageBench {
  const store = openSqliteStore({ path: join(folder, 'alerts.db'), clock: systemClock });
  const desk = new Desk({
    store: followStore(join(folder, 'alerts.db')),
    db: openTriageFile(join(folder, 'triage.db')),
    now,
  });
  const listeners = new Set<(news: TriageNews) => void>();
  const follow = (): void => {
    while (desk.follow());
    tell();
  };
  const tell = (): void => {
    const news = desk.news();
    if (news !== undefined) for (const listener of listeners) listener(news);
  };
  const ask =
    (call: TriageCall['call']) =>
    (...args: readonly unknown[]): Promise<never> =>
      new Promise((resolve) => {
        // As over the thread: a copy, answered later.
        const copy = structuredClone({ id: 1, call, args }) as TriageCall;
        resolve(structuredClone(answerAt(desk, copy)) as never);
        tell();
      });
  follow();
  return {
    store,
    triage: {
      alerts: ask('alerts'),
      groups: ask('groups'),
      stats: ask('stats'),
      find: ask('find'),
      decide: ask('decide'),
      decideAll: ask('decideAll'),
      noteDeliveries: (facts) => desk.noteDeliveries(facts),
      watch: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      problems: () => [],
      close: () => Promise.resolve(desk.close()),
    },
    async append(alerts) {
      await store.append(alerts, 'written');
      follow();
    },
    retained: () => Promise.resolve(desk.retain()),
    async close() {
      desk.close();
      await store.close();
    },
  };
}

/** Triage on its thread, as the service has it. */
export function threadBench(folder: string, clock: Clock = systemClock): TriageBench {
  const storePath = join(folder, 'alerts.db');
  const store = openSqliteStore({ path: storePath, clock });
  const entry = new URL('../../src/triage-thread.ts', import.meta.url);
  const workerData = { storePath, path: join(folder, 'triage.db') };
  const triage = new TriageThread({ start: () => new Worker(entry, { workerData }), clock });
  const reached = (position: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = triage.watch((news) => {
        if (news.position < position) return;
        stop();
        resolve();
      });
    });
  return {
    store,
    triage,
    async append(alerts) {
      const before = store.stats().lastPosition;
      const listed = reached(before + 1);
      await store.append(alerts, 'written');
      const { lastPosition } = store.stats();
      if (lastPosition === before) return;
      await listed;
      while ((await triage.alerts({}, { limit: 1 })).alerts[0]?.position !== lastPosition);
    },
    async retained() {
      const first = store.query({ max: 1_000_000 }).at(-1)?.position ?? 0;
      for (;;) {
        const { alerts } = await triage.alerts({}, { limit: 100_000 });
        if (alerts.every(({ position }) => position >= first)) return;
      }
    },
    async close() {
      await triage.close();
      await store.close();
    },
  };
}
