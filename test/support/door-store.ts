import { copyFileSync, fdatasync, fstatSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../src/base/clock.ts';
import { type DoorStoreOptions, openDoorStore } from '../../src/deliver/store/door-store.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { serveStore, type WriterTools } from '../../src/deliver/store/store-writer.ts';
import type { AlertStore } from '../../src/deliver/store/alert-store.ts';
import type { StoreHarness } from '../contracts/describe-store.ts';

/** A door store whose writer runs on this thread, behind a port as on another one, so that a test has its hands in both. */
export function doorStoreHere(
  options: Omit<DoorStoreOptions, 'port' | 'clock' | 'notice'> & Partial<Pick<DoorStoreOptions, 'notice'>>,
  tools: Omit<WriterTools, 'clock'> = {},
): Promise<AlertStore> {
  const { port1, port2 } = new MessageChannel();
  serveStore(port2, { clock: systemClock, ...tools });
  return openDoorStore({ notice: () => undefined, ...options, clock: systemClock, port: port1 });
}

/** A harness as for the store of one thread; a power cut takes from the journal, too, what was not synced. */
export async function doorHarness(folder: string, syncedWal = 0): Promise<StoreHarness> {
  const path = join(folder, 'alerts.db');
  let syncedWalBytes = syncedWal;
  const syncedSegments = new Map<string, number>();
  const sync = (fd: number, segment: number): Promise<void> =>
    syncOf(fd, (bytes) => void syncedSegments.set(`alerts.db.journal-${segment}`, bytes));
  const syncWal = (fd: number): Promise<void> =>
    syncOf(fd, (bytes) => {
      syncedWalBytes = Math.max(syncedWalBytes, bytes);
    });
  // Small segments, so that runs cross their ends.
  const store = await doorStoreHere(
    { path, sync, syncEveryMs: 3, segmentBytes: 2000 },
    { sync: syncWal, syncEveryMs: 60_000 },
  );
  const image = async (isPowerCut: boolean): Promise<StoreHarness> => {
    const next = mkdtempSync(join(tmpdir(), 'elb-sidekick-image-'));
    for (const name of readdirSync(folder)) {
      if (name.endsWith('-shm') || name.endsWith('-lock')) continue;
      copyFileSync(join(folder, name), join(next, name));
      if (!isPowerCut || name === 'alerts.db') continue;
      const size = name === 'alerts.db-wal' ? syncedWalBytes : (syncedSegments.get(name) ?? 0);
      truncateSync(join(next, name), Math.min(size, fileBytes(join(next, name))));
    }
    return doorHarness(next, isPowerCut ? syncedWalBytes : Number.POSITIVE_INFINITY);
  };
  return {
    store,
    kill: () => image(false),
    cutPower: () => image(true),
    beside: () => openSqliteStore({ path, clock: systemClock }),
    async dispose() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function syncOf(fd: number, done: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const { size } = fstatSync(fd);
    fdatasync(fd, (error) => {
      if (error) return reject(error);
      done(size);
      resolve();
    });
  });
}

function fileBytes(path: string): number {
  return statSync(path).size;
}
