import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { openSqliteStore } from '../../../src/deliver/store/sqlite.ts';
import { openServiceStore } from '../../../src/open-store.ts';
import { anAlert } from '../../support/alerts.ts';

/** A small disk of its own, which can turn read-only or full; undefined where this user may not mount. */
function mountDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
  rmSync(folder, { recursive: true });
}

const disk = mountDisk();
if (disk !== undefined) unmount(disk);

const open = (path: string) => openServiceStore({ path, clock: systemClock, notice: () => undefined });

async function onDisk(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mountDisk();
  if (folder === undefined) throw new Error('the disk could be mounted a moment ago');
  try {
    await body(folder);
  } finally {
    unmount(folder);
  }
}

const remount = (folder: string, how: 'ro' | 'rw'): unknown =>
  execFileSync('mount', ['-o', `remount,${how}`, folder], { stdio: 'ignore' });

test.skipIf(disk === undefined)(
  'a disk that is read-only is a clear error at the start (skipped where the user may not mount)',
  () =>
    onDisk(async (folder) => {
      const path = join(folder, 'alerts.db');
      await (await open(path)).close();
      remount(folder, 'ro');
      const before = readdirSync(folder);
      const readOnly = /cannot open the alert store .*: the file (or its folder )?cannot be (written|opened)/;
      await expect(open(path)).rejects.toThrow(readOnly);
      expect(() => openSqliteStore({ path, clock: systemClock })).toThrow(readOnly);
      expect(readdirSync(folder)).toEqual(before);
    }),
  30_000,
);

test.skipIf(disk === undefined)(
  'a disk that fills up refuses what does not fit and keeps what was answered (skipped where the user may not mount)',
  () =>
    onDisk(async (folder) => {
      const path = join(folder, 'alerts.db');
      const store = await open(path);
      const taken: string[] = [];
      let refused = '';
      for (let n = 0; n < 200 && refused === ''; n++) {
        const alert = anAlert(n, { output: 'x'.repeat(20_000) });
        try {
          await store.append([alert], 'written');
          taken.push(alert.id);
        } catch (error) {
          refused = error instanceof Error ? error.message : 'no error';
        }
      }
      expect(refused).toMatch(/cannot write to the alert store .*(disk is full|ENOSPC)/);
      expect(taken.length).toBeGreaterThan(20);
      await store.close().catch(() => undefined);

      execFileSync('mount', ['-o', 'remount,size=20m', folder], { stdio: 'ignore' });
      const after = await open(path);
      expect(taken.filter((id) => after.get(id) === undefined)).toEqual([]);
      expect(await after.append([anAlert('later')], 'synced')).toEqual(['added']);
      await after.close();
    }),
  30_000,
);
