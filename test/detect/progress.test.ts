import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteProgress } from '../../src/detect/progress.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'progress-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('progress', () => {
  it('is there after a restart, by source and object', () => {
    const path = join(folder, 'progress.db');
    const before = new SqliteProgress(path);
    before.settle('logs', 'a.log', 'v1');
    // Not closed: what kill -9 leaves behind.
    const after = new SqliteProgress(path);
    expect(after.settledVersion('logs', 'a.log')).toBe('v1');
    expect(after.settledVersion('logs', 'b.log')).toBeUndefined();
    expect(after.settledVersion('other', 'a.log')).toBeUndefined();
    before.close();
    after.close();
  });

  it('keeps the newest version of an object', () => {
    const progress = new SqliteProgress(join(folder, 'progress.db'));
    progress.settle('logs', 'a.log', 'v1');
    progress.settle('logs', 'a.log', 'v2');
    expect(progress.settledVersion('logs', 'a.log')).toBe('v2');
    progress.close();
  });

  it('forgets what begins with a prefix and is longer, in that source only', () => {
    const progress = new SqliteProgress(join(folder, 'progress.db'));
    for (const name of ['day/1', 'day/1/a', 'day/1/\u{10fffe}', 'day/2', 'day/10', 'day/1%'])
      progress.settle('s', name, 'v');
    progress.settle('other', 'day/1/a', 'v');
    progress.forget('s', 'day/1/');
    const left = ['day/1', 'day/1/a', 'day/1/\u{10fffe}', 'day/2', 'day/10', 'day/1%'];
    expect(left.filter((name) => progress.settledVersion('s', name) !== undefined)).toEqual([
      'day/1',
      'day/2',
      'day/10',
      'day/1%',
    ]);
    expect(progress.settledVersion('other', 'day/1/a')).toBe('v');
    progress.close();
  });

  it('keeps what was buried', () => {
    const path = join(folder, 'progress.db');
    const progress = new SqliteProgress(path);
    progress.bury('queue', 'message 1', 'not JSON', '{', 1);
    progress.bury('queue', 'message 2', 'too often', '', 2);
    const again = new SqliteProgress(path);
    expect(again.buried(1)).toEqual([{ source: 'queue', name: 'message 2', reason: 'too often', sample: '', atMs: 2 }]);
    expect(again.buried(10)).toHaveLength(2);
    progress.close();
    again.close();
  });
});
