import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { done, reject, retry } from '../../src/base/outcome.ts';
import { type CourierObserver, type CourierOutput, createCourier, type Courier } from '../../src/deliver/courier.ts';
import { createRouter, type RouteConfig } from '../../src/deliver/routing/route-tree.ts';
import type { AlertStore } from '../../src/deliver/store/alert-store.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { anAlert, someAlerts } from '../support/alerts.ts';
import { type HandClock, handClock, settle } from '../support/hand-clock.ts';
import { recordingOutput, type RecordingOutput } from '../support/recording-output.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Setting {
  readonly clock: HandClock;
  readonly store: AlertStore;
  readonly told: string[];
  /** What became of single alerts: output, state, positions, tries. */
  readonly fates: string[];
  /** A courier over the store as it is now, as a restarted service would make it. */
  readonly courier: (
    outputs: Record<string, Partial<CourierOutput> & { output: RecordingOutput }>,
    route?: RouteConfig,
  ) => Courier;
}

function setting(): Setting {
  const clock = handClock();
  // The real disk takes real time, which this clock does not know.
  const store = openSqliteStore({ path: join(temporaryFolder(), 'alerts.db'), clock, sync: async () => undefined });
  onTestFinished(() => store.close());
  const told: string[] = [];
  const fates: string[] = [];
  const observer: CourierObserver = {
    sent: (output, count) => told.push(`${output} sent ${count}`),
    retried: (output, count, cause, waitMs) => told.push(`${output} retries ${count} in ${waitMs}: ${cause.message}`),
    buried: (output, alert, reason) =>
      told.push(`${output} buried ${alert.id === anAlert(1).id ? 1 : 'other'}: ${reason}`),
    became: ({ output, state, positions, tries, reason }) =>
      fates.push(`${output} ${state} ${positions.join(' ')} ${tries ?? ''} ${reason ?? ''}`.trimEnd()),
  };
  return {
    clock,
    store,
    told,
    fates,
    courier(outputs, route = { outputs: Object.keys(outputs) }) {
      const courier = createCourier({
        store,
        clock,
        observer,
        router: createRouter(route, new Set(Object.keys(outputs))),
        outputs: Object.entries(outputs).map(([name, parts]) => ({
          name,
          limits: { maxAlerts: 100, maxBytes: 1_000_000, maxWaitMs: 0 },
          ...parts,
        })),
        // No jitter: waits are the whole backoff.
        random: () => 1,
      });
      courier.start();
      return courier;
    },
  };
}

const ids = (alerts: readonly { id: string }[]): string[] => alerts.map(({ id }) => id);

test('every alert reaches every output once, in order, and a restart goes on where it stopped', async () => {
  const { store, clock, courier } = setting();
  const [a, b] = [recordingOutput(), recordingOutput()];
  await store.append(someAlerts(250), 'written');
  const first = courier({ a: { output: a }, b: { output: b, limits: { maxAlerts: 7, maxBytes: 1e6, maxWaitMs: 0 } } });
  await clock.advance(0);
  await first.stop(1000);
  expect(ids(a.taken)).toEqual(ids(someAlerts(250)));
  expect(ids(b.taken)).toEqual(ids(someAlerts(250)));
  expect(Math.max(...b.offered.map(({ length }) => length))).toBe(7);
  await store.append(someAlerts(5, 251), 'written');
  const second = courier({ a: { output: a }, b: { output: b } });
  await second.stop(1000);
  expect(ids(a.taken)).toEqual(ids(someAlerts(255)));
  expect(store.stats().readers).toEqual({ a: 255, b: 255 });
});

test('a batch is as large as the limits allow: at N alerts, and at N bytes', async () => {
  const { store, clock, courier } = setting();
  await store.append(someAlerts(9), 'written');
  const bytes = store.recent(9).reduce((sum, each) => sum + each.bytes, 0) / 9;
  const output = recordingOutput();
  const running = courier({ a: { output, limits: { maxAlerts: 100, maxBytes: bytes * 4, maxWaitMs: 0 } } });
  await clock.advance(0);
  expect(output.offered.map(({ length }) => length)).toEqual([4, 4, 1]);
  await store.append([anAlert('huge', { output: 'x'.repeat(bytes * 5) })], 'written');
  await clock.advance(0);
  expect(output.offered.at(-1)).toHaveLength(1);
  await running.stop(0);
});

test('a batch waits to fill, but no longer than it may', async () => {
  const { store, clock, courier } = setting();
  const output = recordingOutput();
  const running = courier({ a: { output, limits: { maxAlerts: 3, maxBytes: 1e6, maxWaitMs: 5000 } } });
  await store.append(someAlerts(1), 'written');
  await clock.advance(4999);
  expect(output.offered).toEqual([]);
  await store.append(someAlerts(1, 2), 'written');
  await clock.advance(1);
  expect(output.offered.map(({ length }) => length)).toEqual([2]);
  await store.append(someAlerts(3, 3), 'written');
  await clock.advance(0);
  expect(output.offered.map(({ length }) => length)).toEqual([2, 3]);
  await running.stop(0);
});

test('only what is to be tried again is sent again, after the backoff', async () => {
  const { store, clock, courier, told, fates } = setting();
  const output = recordingOutput();
  let sends = 0;
  output.answer = (alerts) => {
    sends += 1;
    return alerts.map((alert) => (sends < 4 && alert.id === anAlert(2).id ? retry(new Error('HTTP 500')) : done));
  };
  await store.append(someAlerts(3), 'written');
  const running = courier({ a: { output, policy: { backoffMs: 100, backoffMaxMs: 300 } } });
  await clock.advance(0);
  expect(told).toEqual(['a sent 2', 'a retries 1 in 200: HTTP 500']);
  await clock.advance(199);
  expect(sends).toBe(1);
  await clock.advance(1 + 300 + 300);
  expect(told.slice(2)).toEqual(['a retries 1 in 300: HTTP 500', 'a retries 1 in 300: HTTP 500', 'a sent 1']);
  expect(fates).toEqual(['a delivered 1 3 1', 'a delivered 2 4']);
  expect(output.offered.map(({ length }) => length)).toEqual([3, 1, 1, 1]);
  expect(store.reader('a').position()).toBe(3);
  await running.stop(0);
});

test('the time that the peer asks for is waited for, but no longer than an hour', async () => {
  const { store, clock, courier, told } = setting();
  const output = recordingOutput();
  let asked = 30_000;
  output.answer = (alerts) => alerts.map(() => retry(new Error('HTTP 429'), asked));
  await store.append(someAlerts(1), 'written');
  const running = courier({ a: { output } });
  await clock.advance(0);
  asked = 1e12;
  await clock.advance(30_000);
  expect(told).toEqual(['a retries 1 in 30000: HTTP 429', 'a retries 1 in 3600000: HTTP 429']);
  await running.stop(0);
});

test('what an output rejects is a dead letter with its reason, and does not hold the others', async () => {
  const { store, clock, courier } = setting();
  const output = recordingOutput();
  output.answer = (alerts) =>
    alerts.map(({ id }) => (id === anAlert(1).id ? reject(new Error('HTTP 400: invalid_payload')) : done));
  await store.append(someAlerts(3), 'written');
  const running = courier({ a: { output } });
  await clock.advance(0);
  expect(ids(output.taken)).toEqual(ids(someAlerts(2, 2)));
  expect(store.deadLetters(9)).toMatchObject([
    { output: 'a', reason: 'HTTP 400: invalid_payload', tries: 1, alert: anAlert(1) },
  ]);

  output.answer = (alerts) => alerts.map(() => done);
  await store.replay('a');
  await clock.advance(1000);
  expect(ids(output.taken)).toEqual(ids([anAlert(2), anAlert(3), anAlert(1)]));
  expect(store.stats()).toMatchObject({ dead: 0, readers: { a: 3 } });
  await running.stop(0);
});

test('an alert is given up after N tries and the time, and the reason names the last cause', async () => {
  const { store, clock, courier } = setting();
  const output = recordingOutput();
  output.answer = (alerts) => alerts.map(() => retry(new Error('HTTP 500')));
  await store.append(someAlerts(1), 'written');
  const policy = { maxTries: 3, giveUpAfterMs: 10_000, backoffMs: 1000, backoffMaxMs: 2000 };
  const running = courier({ a: { output, policy } });
  await clock.advance(9999);
  expect(store.stats().dead).toBe(0);
  await clock.advance(2000);
  expect(store.deadLetters(9)).toMatchObject([{ reason: 'given up after 6 tries: HTTP 500', tries: 6 }]);
  expect(store.reader('a').position()).toBe(1);
  await running.stop(0);
});

test('a slow output does not hold the others', async () => {
  const { store, clock, courier } = setting();
  const [slow, fast] = [recordingOutput(), recordingOutput()];
  slow.answer = () => new Promise(() => undefined);
  await store.append(someAlerts(20), 'written');
  const running = courier({ slow: { output: slow }, fast: { output: fast } });
  await clock.advance(0);
  expect(fast.taken).toHaveLength(20);
  expect(running.states()).toMatchObject([
    { output: 'slow', position: 0, inFlight: 20 },
    { output: 'fast', position: 20, inFlight: 0, circuit: 'ok' },
  ]);
  const stopping = running.stop(500);
  await clock.advance(500);
  await stopping;
});

test('a send that takes too long is aborted and tried again, even when it ignores its signal', async () => {
  const { store, clock, courier, told } = setting();
  const output = recordingOutput();
  const signals: AbortSignal[] = [];
  output.answer = (_alerts, signal) => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  await store.append(someAlerts(1), 'written');
  const running = courier({ a: { output, policy: { timeoutMs: 5000, backoffMs: 1000 } } });
  await clock.advance(5000);
  expect(signals[0]?.aborted).toBe(true);
  expect(told).toEqual(['a retries 1 in 2000: no answer within 5000 ms']);
  output.answer = (alerts) => alerts.map(() => done);
  await clock.advance(2000);
  expect(output.taken).toHaveLength(1);
  await running.stop(0);
});

test('an output that throws, or gives too few outcomes, is tried again', async () => {
  const { store, clock, courier, told } = setting();
  const output = recordingOutput();
  output.answer = () => {
    throw new Error('ECONNREFUSED');
  };
  await store.append(someAlerts(2), 'written');
  const running = courier({ a: { output, policy: { backoffMs: 1 } } });
  await clock.advance(0);
  output.answer = () => [done];
  await clock.advance(2);
  expect(told).toEqual([
    'a retries 2 in 2: ECONNREFUSED',
    'a sent 1',
    'a retries 1 in 4: the output gave no outcome for this alert',
  ]);
  await running.stop(0);
});

test('the circuit says how an output is doing', async () => {
  const { store, clock, courier } = setting();
  const output = recordingOutput();
  output.answer = () => {
    throw new Error('ECONNREFUSED');
  };
  await store.append(someAlerts(1), 'written');
  const running = courier({ a: { output, policy: { backoffMs: 1, backoffMaxMs: 1 } } });
  await clock.advance(0);
  expect(running.states()[0]).toMatchObject({ circuit: 'retrying', lastError: 'ECONNREFUSED' });
  await clock.advance(4);
  expect(running.states()[0]).toMatchObject({ circuit: 'failing', failuresInARow: 5 });
  output.answer = (alerts) => alerts.map(() => done);
  await clock.advance(1);
  expect(running.states()[0]).toMatchObject({ circuit: 'ok', failuresInARow: 0 });
  await running.stop(0);
});

test('stop delivers what is stored, does not wait for a batch to fill, and leaves what fails for the next start', async () => {
  const { store, clock, courier } = setting();
  const [good, bad] = [recordingOutput(), recordingOutput()];
  bad.answer = (alerts) => alerts.map(({ id }) => (id === anAlert(3).id ? retry(new Error('HTTP 500')) : done));
  const limits = { maxAlerts: 100, maxBytes: 1e6, maxWaitMs: 60_000 };
  const running = courier({ good: { output: good, limits }, bad: { output: bad, limits } });
  await store.append(someAlerts(5), 'written');
  await clock.advance(10);
  expect(good.taken).toEqual([]);
  await running.stop(5000);
  expect(good.taken).toHaveLength(5);
  expect(bad.taken).toHaveLength(4);
  // What went out before the first failure is not offered again.
  expect(store.stats().readers).toEqual({ good: 5, bad: 2 });
  bad.answer = (alerts) => alerts.map(() => done);
  await courier({ good: { output: good }, bad: { output: bad } }).stop(1000);
  expect(good.taken).toHaveLength(5);
  expect(ids(bad.offered.at(-1) ?? [])).toEqual(ids(someAlerts(3, 3)));
});

test('stop ends at its deadline, aborting the send under way', async () => {
  const { store, clock, courier } = setting();
  const output = recordingOutput();
  output.answer = () => new Promise(() => undefined);
  await store.append(someAlerts(1), 'written');
  const running = courier({ a: { output } });
  await clock.advance(0);
  let stopped = false;
  const stopping = running.stop(3000).then(() => {
    stopped = true;
  });
  await clock.advance(2999);
  expect(stopped).toBe(false);
  await clock.advance(1);
  await stopping;
  expect(store.reader('a').position()).toBe(0);
});

test('with concurrency, batches overtake each other but the position only passes what is settled', async () => {
  const { store, clock, courier } = setting();
  const output = recordingOutput();
  const release: (() => void)[] = [];
  output.answer = (alerts) =>
    new Promise((resolve) => {
      release.push(() => resolve(alerts.map(() => done)));
    });
  await store.append(someAlerts(6), 'written');
  const limits = { maxAlerts: 2, maxBytes: 1e6, maxWaitMs: 0 };
  const running = courier({ a: { output, limits, policy: { concurrency: 2 } } });
  await clock.advance(0);
  expect(output.offered).toHaveLength(2);
  release[1]?.();
  await clock.advance(0);
  expect(output.offered).toHaveLength(3);
  expect(store.reader('a').position()).toBe(0);
  release[0]?.();
  await clock.advance(0);
  expect(store.reader('a').position()).toBe(4);
  release[2]?.();
  await clock.advance(0);
  expect(store.reader('a').position()).toBe(6);
  await running.stop(0);
});

test('only what the router names an output for goes there, and mutes are told', async () => {
  const { store, clock, courier, fates } = setting();
  const [slack, archive] = [recordingOutput(), recordingOutput()];
  await store.append(
    [anAlert(1), anAlert(2, { priority: 'Critical' }), anAlert(3, { rule: 'Noise', priority: 'Critical' })],
    'written',
  );
  const running = courier(
    { slack: { output: slack }, archive: { output: archive } },
    {
      outputs: ['archive'],
      routes: [
        { outputs: ['archive'], continue: true },
        { minimum_priority: 'error', outputs: ['slack'], mute: [{ match: ['rule = Noise'], reason: 'known' }] },
      ],
    },
  );
  await clock.advance(0);
  expect(ids(slack.taken)).toEqual([anAlert(2).id]);
  expect(archive.taken).toHaveLength(3);
  expect(fates).toEqual(['slack muted 3  known', 'slack delivered 2 1', 'archive delivered 1 2 3 1']);
  expect(store.stats().readers).toEqual({ slack: 3, archive: 3 });
  await running.stop(0);
});

test('grouped alerts go out as one and a summary, across a restart, with nothing counted twice', async () => {
  const { store, clock, courier } = setting();
  const output = recordingOutput();
  const route: RouteConfig = { outputs: ['slack'], group_by: ['awselb.client_ip'], group_interval: '5m' };
  await store.append(someAlerts(10), 'written');
  const first = courier({ slack: { output } }, route);
  await clock.advance(1000);
  expect(ids(output.taken)).toEqual([anAlert(1).id]);
  await first.stop(0);
  await store.append(someAlerts(20, 11), 'written');
  const second = courier({ slack: { output } }, route);
  await clock.advance(300_000);
  expect(output.taken.map(({ output }) => output).slice(1)).toEqual([
    '29 more of "Path scan" from 81.2.69.142 in 5 min: /wp-login.php (29)',
  ]);
  await clock.advance(600_000);
  expect(output.taken).toHaveLength(2);
  await store.append([anAlert(99)], 'written');
  await clock.advance(0);
  expect(ids(output.taken).at(-1)).toBe(anAlert(99).id);
  await second.stop(0);
});

test('a batch that overwrites itself is made again as it was after a crash', async () => {
  const { store, clock, courier } = setting();
  const limits = { maxAlerts: 100, maxBytes: 1e6, maxWaitMs: 1000, sameOnRetry: true };
  const crashed = recordingOutput();
  crashed.answer = () => new Promise(() => undefined);
  await store.append(someAlerts(5), 'written');
  const before = courier({ s3: { output: crashed, limits } });
  await clock.advance(1000);
  expect(crashed.offered.map(ids)).toEqual([ids(someAlerts(5))]);
  const stopping = before.stop(0);
  await clock.advance(0);
  await stopping;
  await store.append(someAlerts(5, 6), 'written');
  const output = recordingOutput();
  const after = courier({ s3: { output, limits } });
  await clock.advance(1000);
  expect(output.offered.map(ids)).toEqual([ids(someAlerts(5)), ids(someAlerts(5, 6))]);
  await after.stop(0);
});

test('a batch is made again as it was even when reading it takes longer than a batch may wait', async () => {
  const { store, clock, courier } = setting();
  const limits = { maxAlerts: 10_000, maxBytes: 1e8, maxWaitMs: 1000, sameOnRetry: true };
  const crashed = recordingOutput();
  crashed.answer = () => new Promise(() => undefined);
  await store.append(someAlerts(2500), 'written');
  const before = courier({ s3: { output: crashed, limits } });
  await clock.advance(1000);
  expect(crashed.offered.map(({ length }) => length)).toEqual([2500]);
  const stopping = before.stop(0);
  await clock.advance(0);
  await stopping;
  await store.append(someAlerts(500, 2501), 'written');

  // Every look at the clock finds it half a second later.
  let nowMs = clock.now();
  const slow = { ...clock, now: () => (nowMs += 500) };
  const output = recordingOutput();
  const after = createCourier({
    store,
    clock: slow,
    router: createRouter({ outputs: ['s3'] }, new Set(['s3'])),
    outputs: [{ name: 's3', output, limits }],
  });
  after.start();
  await settle(50);
  expect(output.offered[0]).toHaveLength(2500);
  await after.stop(0);
});

test('a planned batch whose alerts are gone holds nothing up', async () => {
  const { store, clock, courier } = setting();
  const limits = { maxAlerts: 10, maxBytes: 1e6, maxWaitMs: 0, sameOnRetry: true };
  await store.append(someAlerts(5), 'written');
  await store.reader('s3').commit({ position: 0, notes: new Map([['planned', '5']]) });
  await store.retain({ maxAlerts: 0, readers: [] });
  await store.append(someAlerts(2, 6), 'written');
  const output = recordingOutput();
  const running = courier({ s3: { output, limits } });
  await clock.advance(10);
  expect(output.offered.map(ids)).toEqual([ids(someAlerts(2, 6))]);
  await running.stop(0);
});

const fiveClients = someAlerts(20).map((alert, n) => ({
  ...alert,
  fields: { 'awselb.client_ip': `192.0.2.${n % 5}` },
}));

test('summaries keep to the batch limits, and do not wait for the backlog to end', async () => {
  const { store, clock, courier } = setting();
  const output = recordingOutput();
  await store.append(fiveClients, 'written');
  const limits = { maxAlerts: 2, maxBytes: 1e6, maxWaitMs: 0 };
  const route: RouteConfig = { outputs: ['slack'], group_by: ['awselb.client_ip'], group_interval: '1m' };
  const running = courier({ slack: { output, limits } }, route);
  await clock.advance(1000);
  expect(output.taken).toHaveLength(5);
  await clock.advance(60_000);
  expect(output.taken).toHaveLength(10);
  expect(output.offered.every(({ length }) => length <= 2)).toBe(true);
  await running.stop(0);
});

test('when the store does not take the progress, the lane says so, goes on trying and loses nothing', async () => {
  const clock = handClock();
  const store = openSqliteStore({ path: join(temporaryFolder(), 'alerts.db'), clock });
  onTestFinished(() => store.close());
  await store.append(someAlerts(2), 'written');
  const failing: AlertStore = Object.create(store) as AlertStore;
  let broken = true;
  failing.reader = (name) => {
    const reader = store.reader(name);
    return {
      next: (max, signal) => reader.next(max, signal),
      commit: (commit, durability) =>
        broken ? Promise.reject(new Error('disk full')) : reader.commit(commit, durability),
      position: () => reader.position(),
      notes: () => reader.notes(),
    };
  };
  failing.stats = () => store.stats();
  const output = recordingOutput();
  const failures: string[] = [];
  const courier = createCourier({
    store: failing,
    clock,
    router: createRouter({ outputs: ['a'] }, new Set(['a'])),
    outputs: [{ name: 'a', output, limits: { maxAlerts: 10, maxBytes: 1e6, maxWaitMs: 0 } }],
    observer: { storeFailed: (name, cause) => failures.push(`${name}: ${cause.message}`) },
  });
  courier.start();
  await clock.advance(1000);
  expect(failures).toEqual(['a: disk full', 'a: disk full']);
  broken = false;
  await clock.advance(1000);
  expect(store.reader('a').position()).toBe(2);
  expect(output.offered).toHaveLength(1);
  await settle();
  await courier.stop(0);
});

test('a change of outputs leaves those that stay alone, and hands the place of those that are replaced on', async () => {
  const { store, clock, courier } = setting();
  const limits = { maxAlerts: 10, maxBytes: 1e6, maxWaitMs: 0 };
  const [kept, before, after, gone] = [recordingOutput(), recordingOutput(), recordingOutput(), recordingOutput()];
  // The one that is replaced takes nothing any more.
  before.answer = (alerts) =>
    Promise.resolve(alerts.map(() => (before.taken.length >= 10 ? retry(new Error('down')) : done)));
  await store.append(someAlerts(30), 'written');
  const running = courier({
    kept: { output: kept, limits },
    moved: { output: before, limits },
    gone: { output: gone },
  });
  await clock.advance(0);
  const outputs = [
    { name: 'kept', output: kept, limits },
    { name: 'moved', output: after, limits },
  ];
  const router = createRouter(
    { outputs: ['moved'], routes: [{ match: ['rule = none'], outputs: ['kept'] }] },
    new Set(['kept', 'moved']),
  );
  const changing = running.change({ outputs, router }, 1000);
  await clock.advance(1000);
  await changing;
  await clock.advance(0);
  expect(ids(kept.taken)).toEqual(ids(someAlerts(30)));
  expect(ids([...before.taken, ...after.taken])).toEqual(ids(someAlerts(30)));
  expect(running.states().map(({ output }) => output)).toEqual(['kept', 'moved']);
  await store.append([anAlert(31)], 'written');
  await clock.advance(0);
  // The new route, for the output that stayed as well.
  expect(kept.taken).toHaveLength(30);
  expect(after.taken.at(-1)?.id).toBe(anAlert(31).id);
  expect(gone.taken).toHaveLength(30);
  await running.stop(0);
});
