import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeAlert } from '../../../src/alert/falco-json.ts';
import type { Alert } from '../../../src/alert/alert.ts';
import { openServiceStore } from '../../../src/open-store.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { openSqliteStore } from '../../../src/deliver/store/sqlite.ts';
import { describeStore } from '../../contracts/describe-store.ts';
import { anAlert, someAlerts } from '../../support/alerts.ts';
import { doorHarness, doorStoreHere } from '../../support/door-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describeStore('the store of a service', () => doorHarness(mkdtempSync(join(tmpdir(), 'elb-sidekick-door-'))));

const journals = (folder: string): string[] => readdirSync(folder).filter((name) => name.includes('.journal-'));

function received(n: number): Alert {
  const decoded = decodeAlert(`{"rule":"R ${n}","priority":"Error","time":"2026-11-20T23:09:37Z"}`, 0);
  if (!('received' in decoded)) throw new Error('an alert');
  return decoded;
}

test('it writes on a thread of its own, and leaves one whole file behind', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'alerts.db');
  const store = await openServiceStore({ path, clock: systemClock, notice: () => undefined });
  const alerts = Array.from({ length: 500 }, (_, n) => received(n));
  const waiting = store.reader('out').next(1, new AbortController().signal);
  const answers = await Promise.all(alerts.map((alert) => store.append([alert], 'written')));
  expect(new Set(answers.flat())).toEqual(new Set(['taken']));
  expect((await waiting)[0]?.alert).toEqual(alerts[0]);
  expect(await store.append([...alerts.slice(0, 3), anAlert('new')], 'synced')).toHaveLength(4);
  await store.settled();
  expect(store.stats().alerts).toBe(501);
  expect(store.get(alerts[7]?.id ?? '')?.alert).toEqual(alerts[7]);
  await store.close();
  expect(journals(folder)).toEqual(['alerts.db.journal-lock']);
  const after = openSqliteStore({ path, clock: systemClock });
  expect(after.stats().alerts).toBe(501);
  await after.close();
});

test('a second service on the same store writes it too, without the journal, and says so', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const first = await doorStoreHere({ path });
  const notices: string[] = [];
  const second = await doorStoreHere({ path, notice: (text) => notices.push(text) });
  expect(notices.join('')).toContain('another process takes alerts in');
  expect(await second.append(someAlerts(3), 'written')).toEqual(['added', 'added', 'added']);
  await first.append(someAlerts(3, 2), 'written');
  await first.settled();
  expect(first.stats().alerts).toBe(4);
  await second.close();
  await first.close();
});

test('an end of the journal that is not whole costs only itself, is told of and kept', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'alerts.db');
  await (await doorStoreHere({ path })).close();
  // A segment as a killed process leaves it, made by one whose table takes nothing over.
  const left = await unmoved(folder, someAlerts(3));
  for (const [title, tail] of [
    ['zeros', Buffer.alloc(4096)],
    ['half a frame', left.subarray(0, 100)],
    ['a frame with a wrong byte', Buffer.from(left.map((byte, at) => (at === 60 ? byte ^ 1 : byte)))],
    ['junk', Buffer.from('junk'.repeat(50))],
  ] as const) {
    const here = temporaryFolder();
    const file = join(here, 'alerts.db.journal-7');
    writeFileSync(file, Buffer.concat([left, tail]));
    const notices: string[] = [];
    const store = await doorStoreHere({ path: join(here, 'alerts.db'), notice: (text) => notices.push(text) });
    expect([title, store.stats().alerts]).toEqual([title, 3]);
    expect(notices).toEqual([expect.stringContaining(`journal-7 ends in ${tail.length} bytes that are not whole`)]);
    expect(readFileSync(`${file}.damaged`).subarray(left.length).equals(tail)).toBe(true);
    await store.append([anAlert('next')], 'written');
    await store.settled();
    expect(store.stats().alerts).toBe(4);
    await store.close();
  }
});

test('cut at any byte, the journal gives back every alert that stands before the cut', async () => {
  const left = await unmoved(temporaryFolder(), someAlerts(4));
  const ends = frameEnds(left);
  for (let cut = 0; cut <= left.length; cut += 37) {
    const here = temporaryFolder();
    writeFileSync(join(here, 'alerts.db.journal-1'), left);
    truncateSync(join(here, 'alerts.db.journal-1'), cut);
    const store = await doorStoreHere({ path: join(here, 'alerts.db') });
    expect(store.stats().alerts).toBe(ends.filter((end) => end <= cut).length);
    await store.close();
  }
});

test('a table that takes nothing makes the door refuse; what was answered stays, and is moved once there is room', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'alerts.db');
  const store = await doorStoreHere({ path, maxBytes: 300_000 });
  const taken: string[] = [];
  let refused = '';
  for (let n = 0; n < 100; n++) {
    const alert = anAlert(n, { output: 'x'.repeat(20_000) });
    try {
      await store.append([alert], 'written');
    } catch (error) {
      refused = error instanceof Error ? error.message : '';
      break;
    }
    taken.push(alert.id);
    await store.settled().catch(() => undefined);
  }
  expect(refused).toMatch(/cannot write to the alert store .*: the disk is full or the store has reached/);
  await expect(store.settled()).rejects.toThrow('the disk is full');
  await store.retain({ maxAlerts: 2, readers: [] });
  while ((await store.append([anAlert('later')], 'written').catch(() => undefined)) === undefined)
    await systemClock.sleep(50);
  await store.settled();
  expect(store.recent(2).map(({ alert }) => alert.id)).toEqual([anAlert('later').id, taken.at(-1)]);
  await store.close();
});

test('a journal that cannot be synced ends the door: nothing is accepted after it', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const broken = Promise.withResolvers<void>();
  const store = await doorStoreHere({
    path,
    syncEveryMs: 1,
    sync: () => {
      broken.resolve();
      return Promise.reject(new Error('EIO: i/o error, fdatasync'));
    },
  });
  await store.append([anAlert(1)], 'written');
  await broken.promise;
  await expect(store.append([anAlert(2)], 'written')).rejects.toThrow('EIO');
  await store.close();
});

test('a segment that is full while it is being synced is closed once, when that is done', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const synced: number[] = [];
  const again = Promise.withResolvers<void>();
  const store = await doorStoreHere({
    path,
    syncEveryMs: 1,
    segmentBytes: 100,
    async sync(_fd, segment) {
      begun.resolve();
      await released.promise;
      synced.push(segment);
      if (synced.length > 1) again.resolve();
    },
  });
  await store.append([anAlert(1)], 'written');
  await begun.promise;
  await store.append([anAlert(2)], 'written');
  released.resolve();
  await again.promise;
  await store.append([anAlert(3)], 'written');
  await store.settled();
  expect(store.recent(9)).toHaveLength(3);
  await store.close();
});

test('appends wait while the table is too far behind', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const store = await doorStoreHere({ path, maxBehindBytes: 1000 });
  const order: string[] = [];
  const alert = anAlert('large', { output: 'x'.repeat(5000) });
  await store.append([alert], 'written');
  const next = store.append([anAlert(2)], 'written').then(() => order.push('second'));
  await store.settled().then(() => order.push('first moved'));
  await next;
  expect(order[0]).toBe('first moved');
  await store.close();
});

test('when its thread ends, the door refuses and says what to do', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'alerts.db'), 'these are notes\n'.repeat(100));
  await expect(
    openServiceStore({ path: join(folder, 'alerts.db'), clock: systemClock, notice: () => undefined }),
  ).rejects.toThrow('not an alert store');
  expect(readFileSync(join(folder, 'alerts.db'), 'utf8')).toContain('these are notes');
});

/** The bytes of a journal with these alerts, that no table has taken over. */
async function unmoved(folder: string, alerts: readonly Alert[]): Promise<Buffer> {
  const path = join(folder, 'unmoved.db');
  const store = await doorStoreHere({ path });
  await store.append(alerts, 'written');
  const bytes = readFileSync(join(folder, 'unmoved.db.journal-1'));
  await store.close();
  expect(existsSync(join(folder, 'unmoved.db.journal-1'))).toBe(false);
  return bytes;
}

function frameEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ends.push(at)) at += 8 + bytes.readUInt32LE(at);
  return ends;
}
