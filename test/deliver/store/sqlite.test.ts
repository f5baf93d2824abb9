import {
  copyFileSync,
  existsSync,
  fdatasync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { openSqliteStore } from '../../../src/deliver/store/sqlite.ts';
import { describeStore, type StoreHarness } from '../../contracts/describe-store.ts';
import { anAlert, someAlerts } from '../../support/alerts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/**
 * kill -9 keeps what was handed to the kernel: a copy of the files as they are. A power cut may keep only what was synced:
 * the database, which SQLite syncs itself at a checkpoint, and the WAL cut at its size when the last sync began.
 */
async function harnessIn(folder: string, syncedBefore = 0): Promise<StoreHarness> {
  const path = join(folder, 'alerts.db');
  let syncedBytes = syncedBefore;
  const store = openSqliteStore({
    path,
    clock: systemClock,
    syncEveryMs: 60_000,
    sync: (walFd) =>
      new Promise((resolve, reject) => {
        const { size } = fstatSync(walFd);
        fdatasync(walFd, (error) => {
          if (error) return reject(error);
          syncedBytes = Math.max(syncedBytes, size);
          resolve();
        });
      }),
  });
  const image = async (keepWalBytes: number): Promise<StoreHarness> => {
    const next = mkdtempSync(join(tmpdir(), 'elb-sidekick-image-'));
    copyFileSync(path, join(next, 'alerts.db'));
    if (existsSync(`${path}-wal`)) {
      copyFileSync(`${path}-wal`, join(next, 'alerts.db-wal'));
      const { length } = readFileSync(`${path}-wal`);
      truncateSync(join(next, 'alerts.db-wal'), Math.min(length, keepWalBytes));
    }
    return harnessIn(next, Math.min(syncedBytes, keepWalBytes));
  };
  return {
    store,
    kill: () => image(Number.POSITIVE_INFINITY),
    cutPower: () => image(syncedBytes),
    beside: () => openSqliteStore({ path, clock: systemClock }),
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeStore('sqlite', () => harnessIn(mkdtempSync(join(tmpdir(), 'elb-sidekick-store-'))));

const brokenDisk = (): Promise<void> => Promise.reject(new Error('EIO: i/o error, fdatasync'));

test('a store written by a newer release is refused and left as it is', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const store = openSqliteStore({ path, clock: systemClock });
  await store.append([anAlert(1)], 'synced');
  await store.close();
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => openSqliteStore({ path, clock: systemClock })).toThrow(
    /cannot open the alert store .*alerts\.db: it was written by a newer release \(its tables are version 99, this release knows up to 2\)/,
  );
  const after = new DatabaseSync(path);
  expect(after.prepare('SELECT count(*) AS n FROM alerts').get()).toEqual({ n: 1 });
  after.close();
});

test('a database of another program is refused and left as it is', () => {
  const path = join(temporaryFolder(), 'other.db');
  const db = new DatabaseSync(path);
  db.exec('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)');
  db.close();
  expect(() => openSqliteStore({ path, clock: systemClock })).toThrow('another program');
  const after = new DatabaseSync(path);
  expect(after.prepare('SELECT * FROM theirs').all()).toEqual([{ x: 1 }]);
  expect(after.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'alerts'").get()).toEqual({ n: 0 });
  after.close();
});

test('a file that is no database is refused and left as it is', () => {
  const path = join(temporaryFolder(), 'notes.txt');
  const content = 'these are my notes\n'.repeat(100);
  writeFileSync(path, content);
  expect(() => openSqliteStore({ path, clock: systemClock })).toThrow('not an alert store');
  expect(readFileSync(path, 'utf8')).toBe(content);
});

test('a folder in the place of the file is a clear error', () => {
  const path = join(temporaryFolder(), 'folder');
  mkdirSync(path);
  expect(() => openSqliteStore({ path, clock: systemClock })).toThrow(/cannot open the alert store .*cannot be opened/);
});

test('a full store rejects the append with a reason, keeps what it had, and takes alerts again once there is room', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const store = openSqliteStore({ path, clock: systemClock, maxBytes: 400_000 });
  const taken: string[] = [];
  const refused: unknown[] = [];
  for (let n = 0; n < 40; n++) {
    const alert = anAlert(n, { output: 'x'.repeat(20_000) });
    await store.append([alert], 'written').then(
      () => taken.push(alert.id),
      (error: unknown) => refused.push(error),
    );
  }
  expect(taken.length).toBeGreaterThan(5);
  expect(String(refused[0])).toMatch(
    /cannot write to the alert store .*alerts\.db: the disk is full or the store has reached/,
  );
  expect(store.stats().alerts).toBe(taken.length);
  expect(taken.filter((id) => store.get(id) === undefined)).toEqual([]);
  await store.retain({ maxAlerts: 2, readers: [] });
  expect(await store.append([anAlert('later')], 'synced')).toEqual(['added']);
  await store.close();
});

test('a file of an earlier release keeps its small pages, and is full at the same size', async () => {
  const sizes: number[] = [];
  for (const before of ['', 'PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; VACUUM']) {
    const path = join(temporaryFolder(), 'alerts.db');
    const earlier = new DatabaseSync(path);
    earlier.exec(before);
    earlier.close();
    const store = openSqliteStore({ path, clock: systemClock, maxBytes: 1_000_000 });
    const alerts = Array.from({ length: 100 }, (_, n) => anAlert(n, { output: 'x'.repeat(20_000) }));
    const results = await Promise.allSettled(alerts.map((alert) => store.append([alert], 'written')));
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    await store.close();
    const file = new DatabaseSync(path);
    sizes.push(Number(file.prepare('PRAGMA page_size').get()?.['page_size']));
    file.close();
    expect(statSync(path).size).toBeLessThanOrEqual(1_000_000 + 8_192);
  }
  expect(sizes).toEqual([8_192, 4_096]);
});

test('a sync that fails rejects, and nothing is accepted after it', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const store = openSqliteStore({ path, clock: systemClock, sync: brokenDisk, syncEveryMs: 60_000 });
  await store.append([anAlert(1)], 'written');
  await expect(store.append([anAlert(2)], 'synced')).rejects.toThrow('EIO');
  await expect(store.append([anAlert(3)], 'written')).rejects.toThrow('EIO');
  expect(store.get(anAlert(3).id)).toBeUndefined();
  await store.close();
});

test('a damaged page rejects the append and changes nothing', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const store = openSqliteStore({ path, clock: systemClock });
  await store.append(someAlerts(500), 'synced');
  await store.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 4096, bytes.length);
  writeFileSync(path, bytes);
  const attempt = async (): Promise<void> => {
    const broken = openSqliteStore({ path, clock: systemClock });
    try {
      await broken.append([anAlert('new')], 'synced');
    } finally {
      await broken.close();
    }
  };
  await expect(attempt()).rejects.toThrow('damaged');
  expect(readFileSync(path).subarray(4096).equals(bytes.subarray(4096))).toBe(true);
});

test('concurrent appends share their syncs', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  let syncs = 0;
  const sync = async (): Promise<void> => {
    syncs += 1;
  };
  const store = openSqliteStore({ path, clock: systemClock, sync, syncEveryMs: 60_000 });
  await Promise.all(someAlerts(200).map((alert) => store.append([alert], 'synced')));
  expect(syncs).toBeLessThan(5);
  await store.close();
});

test('written alerts are synced within the interval', async () => {
  const path = join(temporaryFolder(), 'alerts.db');
  const { promise: firstSync, resolve } = Promise.withResolvers<void>();
  const sync = async (): Promise<void> => resolve();
  const store = openSqliteStore({ path, clock: systemClock, sync, syncEveryMs: 10 });
  await store.append([anAlert(1)], 'written');
  await firstSync;
  await store.close();
});
