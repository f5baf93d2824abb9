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

  it('keeps the newest 5,000 buried', () => {
    const progress = new SqliteProgress(':memory:');
    for (let number = 1; number <= 5001; number++) progress.bury('s', `o${number}`, 'bad', '', number);
    const kept = progress.buried(10_000);
    expect([kept.length, kept[0]?.name, kept.at(-1)?.name]).toEqual([5000, 'o5001', 'o2']);
    progress.close();
  });

  it('forgets what was nowhere for long enough, across restarts, and nothing else', () => {
    const path = join(folder, 'progress.db');
    const open = (): SqliteProgress => new SqliteProgress(path);
    const first = open();
    for (const name of ['file a', 'file b', 'file c', 'other']) first.settle('s', name, 'v');
    first.settle('another source', 'file b', 'v');
    first.expire('s', 'file ', new Set(['file a']), 1000, 100);
    first.close();
    const second = open();
    // c was there again meanwhile: it starts anew.
    second.expire('s', 'file ', new Set(['file a', 'file c']), 1099, 100);
    expect(second.settledVersion('s', 'file b')).toBe('v');
    second.expire('s', 'file ', new Set(['file a']), 1100, 100);
    const left = ['file a', 'file b', 'file c', 'other'].filter((name) => second.settledVersion('s', name) === 'v');
    expect(left).toEqual(['file a', 'file c', 'other']);
    expect(second.settledVersion('another source', 'file b')).toBe('v');
    second.expire('s', 'file ', new Set(['file a']), 1200, 100);
    expect(second.settledVersion('s', 'file c')).toBeUndefined();
    second.close();
  });
});
