import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import type { AlertStore, Durability } from '../../src/deliver/store/alert-store.ts';
import { anAlert, someAlerts } from '../support/alerts.ts';

/** A store under test, and the ways in which its machine can fail. */
export interface StoreHarness {
  readonly store: AlertStore;
  /** The store as a new process finds it after kill -9 now. The old one is not used again. */
  kill(): Promise<StoreHarness>;
  /** The store as it is after a power cut now: nothing survives but what was synced. */
  cutPower(): Promise<StoreHarness>;
  /** The store as another process, beside this one, has it open. */
  beside(): AlertStore;
  dispose(): Promise<void>;
}

const soon = (): AbortSignal => AbortSignal.abort();

/** What a reader has to read at once: all of it, in order. */
async function readAll(store: AlertStore, name: string): Promise<Alert[]> {
  const reader = store.reader(name);
  const alerts: Alert[] = [];
  for (;;) {
    const now = new AbortController();
    const reading = reader.next(1000, now.signal);
    now.abort();
    const some = await reading;
    if (some.length === 0) return alerts;
    alerts.push(...some.map(({ alert }) => alert));
  }
}

/** Some stores tell of repeats, and show what was `written`, only once they have settled. */
async function appended(store: AlertStore, alerts: readonly Alert[], durability: Durability): Promise<void> {
  await store.append(alerts, durability);
  await store.settled();
}

/** The promises of AlertStore, for every kind of store. */
export function describeStore(name: string, open: () => Promise<StoreHarness>): void {
  const withStore = (title: string, body: (harness: StoreHarness) => Promise<void>): void => {
    test(title, async () => {
      const harness = await open();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };

  describe(`${name} keeps the promises of a store`, () => {
    withStore(
      'an alert comes back whole: bigints, nulls, lists, objects, and the received text byte for byte',
      async ({ store }) => {
        const alert = anAlert('whole', {
          fields: {
            'evt.time': 1795216177029160001n,
            none: null,
            list: [1, 'two', [false]],
            object: { deep: { deeper: 9007199254740993n } },
            text: 'zero\0 high \u{1f600} half \ud800 end',
            __proto__x: 'kept',
          },
          enrichment: { 'geoip.client_ip.country': 'GB' },
          received: '{"rule": "Path scan", "evt.time":1795216177029160001 , "\\u0041":"é\\ud83d"}',
        });
        await appended(store, [alert], 'synced');
        expect(store.get(alert.id)?.alert).toEqual(alert);
        expect(await readAll(store, 'r')).toEqual([alert]);
      },
    );

    withStore('a received text with half a surrogate pair comes back as it was', async ({ store }) => {
      const alert = anAlert('half', { received: '"\ud800"' });
      await appended(store, [alert], 'written');
      expect(store.get(alert.id)?.alert).toEqual(alert);
    });

    withStore('a repeated id is told and not stored again, in one append and across appends', async ({ store }) => {
      const [a, b, c] = someAlerts(3);
      if (!a || !b || !c) throw new Error('three alerts');
      expect(await store.append([a, b, a], 'synced')).toEqual(['added', 'added', 'repeated']);
      expect(await store.append([b, c], 'synced')).toEqual(['repeated', 'added']);
      expect(store.stats().alerts).toBe(3);
      await appended(store, [a, b, c], 'written');
      expect(store.stats().lastPosition).toBe(store.recent(1)[0]?.position);
      expect(store.countAfter(store.get(a.id)?.position ?? 0)).toBe(2);
      expect(store.countAfter(store.stats().lastPosition)).toBe(0);
      expect(await readAll(store, 'r')).toEqual([a, b, c]);
    });

    withStore('concurrent appends all get their own answer', async ({ store }) => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => store.append([anAlert(n), anAlert(n % 10)], 'synced')),
      );
      expect(answers.flat().filter((answer) => answer === 'added')).toHaveLength(50);
      expect(store.stats().alerts).toBe(50);
    });

    withStore('a reader resumes after its last commit, another one begins at the oldest alert', async ({ store }) => {
      await appended(store, someAlerts(10), 'written');
      const reader = store.reader('a');
      const first = await reader.next(4, soon()).then(() => reader.next(4, new AbortController().signal));
      expect(first.map(({ alert }) => alert.output)).toEqual(someAlerts(4).map(({ output }) => output));
      const end = first[2]?.position ?? 0;
      await reader.commit({ position: end });
      expect(store.reader('a').position()).toBe(end);
      expect(await readAll(store, 'a')).toEqual(someAlerts(7, 4));
      expect(await readAll(store, 'b')).toEqual(someAlerts(10));
    });

    withStore('a reader waits for the next alert, and gives up when told', async ({ store }) => {
      const waiting = store.reader('a').next(10, new AbortController().signal);
      await appended(store, [anAlert(7)], 'written');
      expect((await waiting).map(({ alert }) => alert)).toEqual([anAlert(7)]);
      const stop = new AbortController();
      const empty = store
        .reader('b')
        .next(10, stop.signal)
        .then(async (one) => [one, await reader.next(1, stop.signal)]);
      const reader = store.reader('c');
      await reader.next(10, new AbortController().signal);
      stop.abort();
      expect((await empty)[1]).toEqual([]);
    });

    withStore('a commit never moves a reader back', async ({ store }) => {
      await appended(store, someAlerts(3), 'written');
      const reader = store.reader('a');
      await reader.commit({ position: 3 });
      await reader.commit({ position: 1 });
      expect(store.reader('a').position()).toBe(3);
    });

    withStore('notes are written and taken away together with the position', async (harness) => {
      const { store } = harness;
      await appended(store, someAlerts(2), 'written');
      await store.reader('a').commit({
        position: 1,
        notes: new Map([
          ['x', '1'],
          ['y', '2'],
        ]),
      });
      await store.reader('a').commit(
        {
          position: 2,
          notes: new Map([
            ['x', undefined],
            ['y', '3'],
          ]),
        },
        'synced',
      );
      const after = await harness.cutPower();
      expect([...after.store.reader('a').notes()]).toEqual([['y', '3']]);
      expect(after.store.reader('a').position()).toBe(2);
      expect(after.store.reader('b').notes().size).toBe(0);
      await after.dispose();
    });

    withStore('a dead letter keeps the alert whole with its reason, and can be sent again', async ({ store }) => {
      const alert = anAlert(1, { received: '{"as":"it came"}' });
      await appended(store, [alert, anAlert(2)], 'written');
      const reader = store.reader('slack');
      const [stored] = await reader.next(2, new AbortController().signal);
      if (!stored) throw new Error('one alert');
      await reader.commit({ position: 2, buried: [{ stored, reason: 'HTTP 403', tries: 3 }] });
      const [letter] = store.deadLetters(10);
      expect(letter).toMatchObject({ output: 'slack', reason: 'HTTP 403', tries: 3, position: 1, alert });
      expect(store.deadLetters(10, 'other')).toEqual([]);
      expect(store.stats().dead).toBe(1);

      expect(await store.replay('other')).toBe(0);
      expect(await store.replay('slack', [letter?.letter ?? 0])).toBe(1);
      const [again] = await reader.next(10, new AbortController().signal);
      expect(again).toMatchObject({ alert, replayOf: letter?.letter });
      await reader.commit({ position: 2, replayed: [letter?.letter ?? 0] });
      expect(store.stats().dead).toBe(0);
      expect(await readAll(store, 'slack')).toEqual([]);
    });

    withStore(
      'queries find by rule, source, client, priority, time and text, the newest first, page by page',
      async ({ store }) => {
        const other = anAlert('other', {
          rule: 'Brute force',
          priority: 'Critical',
          source: 'syscall',
          fields: { 'fd.name': 'x' },
          time: '2026-11-20T10:00:00.000000000Z',
        });
        await appended(store, [...someAlerts(5), other], 'written');
        const found = (query: Parameters<AlertStore['query']>[0]): string[] =>
          store.query(query).map(({ alert }) => alert.id);
        expect(found({ max: 10, rule: 'Brute force' })).toEqual([other.id]);
        expect(found({ max: 10, source: 'syscall' })).toEqual([other.id]);
        expect(found({ max: 10, clientAddress: '81.2.69.142' })).toHaveLength(5);
        expect(found({ max: 10, minimumPriority: 'Error' })).toEqual([other.id]);
        expect(found({ max: 10, minimumPriority: 'Warning' })).toHaveLength(6);
        expect(found({ max: 10, until: Date.parse('2026-11-20T10:00:00.001Z') })).toEqual([other.id]);
        expect(found({ max: 10, since: Date.parse('2026-11-20T10:00:00.001Z') })).toHaveLength(5);
        expect(found({ max: 10, contains: 'n=3)' })).toEqual([anAlert(3).id]);
        expect(found({ max: 10, contains: "'; DROP TABLE alerts; --" })).toEqual([]);
        const [newest] = store.recent(1);
        expect(newest?.alert.id).toBe(other.id);
        expect(found({ max: 2, before: newest?.position ?? 0 })).toEqual([anAlert(5).id, anAlert(4).id]);
        expect(found({ max: 2, after: newest?.position ?? 0 })).toEqual([]);
        expect(found({ max: 9, after: (newest?.position ?? 0) - 1 })).toEqual([other.id]);
      },
    );

    withStore(
      'retention by count keeps the newest, by age those young enough, and spares what an output still needs',
      async ({ store }) => {
        await appended(store, someAlerts(10), 'written');
        expect(await store.retain({ readers: [] })).toEqual({ removed: 0, undelivered: {} });
        await store.reader('slack').commit({ position: 4 });
        await store.reader('removed').commit({ position: 1 });
        expect(await store.retain({ maxAlerts: 3, readers: ['slack'] })).toEqual({ removed: 4, undelivered: {} });
        expect(await store.retain({ maxAlerts: 3, maxAlertsUndelivered: 5, readers: ['slack'] })).toEqual({
          removed: 1,
          undelivered: { slack: 1 },
        });
        expect(store.stats().alerts).toBe(5);
        expect(await store.retain({ maxAgeMs: 3_600_000, readers: [] })).toEqual({ removed: 0, undelivered: {} });
        expect(await store.retain({ maxAgeMs: -1, readers: [] })).toEqual({ removed: 5, undelivered: {} });
        await appended(store, [anAlert(99)], 'written');
        expect(store.recent(1)[0]?.position).toBe(11);
      },
    );

    withStore('two processes share it: both append, each sees the other’s alerts', async (harness) => {
      const other = harness.beside();
      await Promise.all([harness.store.append(someAlerts(5), 'synced'), other.append(someAlerts(5, 4), 'written')]);
      expect(harness.store.stats().alerts).toBe(8);
      expect(new Set((await readAll(other, 'r')).map(({ id }) => id)).size).toBe(8);
      await other.close();
    });

    withStore('after close it takes nothing more', async ({ store }) => {
      await appended(store, [anAlert(1)], 'written');
      await store.close();
      await expect(store.append([anAlert(2)], 'written')).rejects.toThrow('closed');
    });

    test('whatever happens, nothing acknowledged is lost and nothing is there twice', async () => {
      type Step =
        | {
            readonly kind: 'append';
            readonly ids: readonly number[];
            readonly durability: Durability;
            readonly wait: boolean;
          }
        | { readonly kind: 'read'; readonly max: number; readonly bury: boolean }
        | { readonly kind: 'kill' | 'cutPower' };
      const ids = fc.array(fc.nat(40), { maxLength: 6 });
      const step: fc.Arbitrary<Step> = fc.oneof(
        {
          weight: 5,
          arbitrary: fc.record({
            kind: fc.constant('append' as const),
            ids,
            durability: fc.constantFrom<Durability>('written', 'synced'),
            wait: fc.boolean(),
          }),
        },
        {
          weight: 3,
          arbitrary: fc.record({
            kind: fc.constant('read' as const),
            max: fc.integer({ min: 1, max: 5 }),
            bury: fc.boolean(),
          }),
        },
        { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'cutPower' as const) }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          let harness = await open();
          // The model: ids that must survive a kill, those that must survive a power cut, and all that may be there.
          let written = new Set<string>();
          let synced = new Set<string>();
          const offered = new Set<string>();
          let underWay: Promise<void>[] = [];
          let committed = 0;
          let machine = 0;
          try {
            for (const each of steps) {
              switch (each.kind) {
                case 'append': {
                  const alerts = each.ids.map((id) => anAlert(id));
                  const here = machine;
                  for (const { id } of alerts) offered.add(id);
                  const acknowledged = harness.store.append(alerts, each.durability).then(
                    () => {
                      // An answer that came after the machine failed reached nobody.
                      if (here !== machine) return;
                      for (const { id } of alerts) {
                        written.add(id);
                        if (each.durability === 'synced') synced.add(id);
                      }
                    },
                    () => undefined,
                  );
                  underWay.push(acknowledged);
                  if (each.wait) await acknowledged;
                  break;
                }
                case 'read': {
                  const reader = harness.store.reader('out');
                  expect(reader.position()).toBe(committed);
                  if (harness.store.stats().lastPosition <= committed) break;
                  const some = await reader.next(each.max, new AbortController().signal);
                  const last = some.at(-1)?.position ?? 0;
                  const [stored] = some;
                  await reader.commit(
                    { position: last, buried: each.bury && stored ? [{ stored, reason: 'test', tries: 1 }] : [] },
                    'synced',
                  );
                  committed = last;
                  break;
                }
                case 'kill':
                case 'cutPower': {
                  const mustHave = each.kind === 'kill' ? new Set(written) : new Set(synced);
                  machine += 1;
                  const next = await harness[each.kind]();
                  await Promise.all(underWay);
                  underWay = [];
                  await harness.dispose();
                  harness = next;
                  const there = (await readAll(harness.store, 'check')).map(({ id }) => id);
                  expect(new Set(there).size).toBe(there.length);
                  expect([...mustHave].filter((id) => !there.includes(id))).toEqual([]);
                  expect(there.filter((id) => !offered.has(id))).toEqual([]);
                  // What this machine has now is what a later failure may not lose, but for the unsynced tail.
                  written = new Set(there);
                  synced = new Set([...synced].filter((id) => there.includes(id)));
                  break;
                }
              }
            }
            await Promise.all(underWay);
          } finally {
            await Promise.all(underWay);
            await harness.dispose();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
