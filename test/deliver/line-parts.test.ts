import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { decodeBody } from '../../src/alert/decode-body.ts';
import { defaultLimits } from '../../src/alert/falco-json.ts';
import { type LineParts, type LinePartsOptions, openLineParts } from '../../src/deliver/line-parts.ts';
import { handClock } from '../support/hand-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const alert = JSON.stringify({
  rule: 'Split',
  priority: 'Error',
  output: 'x'.repeat(100),
  time: '2026-11-21T00:00:00Z',
});

/** The record of Docker's driver and FireLens for the part `n` of `of` of a line. */
function part(id: string, n: number, of: number, line = alert): string {
  const size = Math.ceil(line.length / of);
  return JSON.stringify({
    log: line.slice((n - 1) * size, n * size),
    container_id: 'c1',
    ecs_cluster: 'prod',
    partial_message: 'true',
    partial_id: id,
    partial_ordinal: String(n),
    partial_last: String(n === of),
  });
}

function setting(more: Partial<LinePartsOptions> = {}) {
  const clock = handClock();
  const path = join(temporaryFolder(), 'line-parts.db');
  const gone: [number, number][] = [];
  const open = (): LineParts => {
    const parts = openLineParts({ path, clock, gaveUp: (lines, parts) => gone.push([lines, parts]), ...more });
    onTestFinished(() => parts.close().catch(() => undefined));
    return parts;
  };
  return { clock, path, gone, open };
}

/** As the door does: joins what a body has, and settles. */
function take(parts: LineParts, ...records: string[]) {
  const lines = parts.join(decodeBody(`[${records.join(',')}]`, 0).parts);
  lines.settle();
  return { records: lines.records, waiting: lines.waiting };
}

test('a line is joined when its last missing part comes, whatever the order and the requests', () => {
  const parts = setting().open();
  expect(take(parts, part('a', 3, 3))).toEqual({ records: [], waiting: 1 });
  expect(take(parts, part('a', 1, 3), part('b', 1, 2))).toEqual({ records: [], waiting: 2 });
  const { records, waiting } = take(parts, part('a', 2, 3));
  expect(waiting).toBe(0);
  expect(records).toMatchObject([{ rule: 'Split', received: alert, enrichment: { 'fluent.ecs_cluster': 'prod' } }]);
  expect(take(parts, part('b', 2, 2)).records).toMatchObject([{ rule: 'Split' }]);
});

test('parts outlive the process, and a line whose alert may not be stored is joined again', async () => {
  const { open } = setting();
  const before = open();
  take(before, part('a', 1, 2));
  await before.close();
  const after = open();
  const [last] = decodeBody(part('a', 2, 2), 0).parts;
  if (last === undefined) throw new Error('no part');
  const [first] = after.join([last]).records;
  // No settle: a crash. The sender had no answer and sends again.
  const again = take(after, part('a', 2, 2)).records;
  expect(again).toEqual([first]);
  expect(first).toMatchObject({ rule: 'Split' });
});

test('a part that comes again after its line was joined begins no new line', async () => {
  const { open, clock, gone } = setting();
  const parts = open();
  take(parts, part('a', 1, 2), part('a', 2, 2));
  take(parts, part('c', 1, 2));
  expect(take(parts, part('c', 2, 2)).records).toHaveLength(1);
  expect(take(parts, part('c', 2, 2))).toEqual({ records: ['skipped'], waiting: 0 });
  await clock.advance(1_200_000);
  expect(gone).toEqual([]);
});

test('a part that comes twice counts once', () => {
  const parts = setting().open();
  take(parts, part('a', 1, 3));
  take(parts, part('a', 1, 3));
  expect(take(parts, part('a', 3, 3)).records).toEqual([]);
  expect(take(parts, part('a', 2, 3)).records).toHaveLength(1);
});

test('a line whose parts do not come is given up after ten minutes, and told', async () => {
  const { open, clock, gone } = setting();
  const parts = open();
  take(parts, part('a', 1, 3), part('a', 2, 3), part('b', 1, 2));
  await clock.advance(540_000);
  take(parts, part('b', 2, 2));
  expect(gone).toEqual([]);
  await clock.advance(120_000);
  expect(gone).toEqual([[1, 2]]);
  expect(take(parts, part('a', 3, 3)).waiting).toBe(1);
});

test('so many parts wait, and so many bytes of them; more are not taken, and change nothing', () => {
  const parts = setting({ maxParts: 2 }).open();
  take(parts, part('a', 1, 2), part('b', 1, 2));
  expect(() => take(parts, part('c', 1, 2))).toThrow('3 parts of lines wait for others');
  // What makes a line whole is always taken.
  expect(take(parts, part('a', 2, 2)).records).toHaveLength(1);
  expect(take(parts, part('c', 1, 2)).waiting).toBe(1);
  const size = Buffer.byteLength(part('a', 1, 2));
  const exact = setting({ maxBytes: size }).open();
  expect(take(exact, part('a', 1, 2)).waiting).toBe(1);
  const tight = setting({ maxBytes: size - 1 }).open();
  expect(() => take(tight, part('a', 1, 2))).toThrow('more than is kept');
});

test('a line that is too large is refused once, and its further parts are skipped', () => {
  const limits = { ...defaultLimits, maxBytes: 200 };
  const parts = setting({ limits }).open();
  const line = 'x'.repeat(1_500);
  expect(take(parts, part('a', 1, 3, line)).waiting).toBe(1);
  expect(take(parts, part('a', 2, 3, line)).records).toMatchObject([{ code: 'too_large' }]);
  expect(take(parts, part('a', 3, 3, line)).records).toEqual(['skipped']);
});

test.each(['0', '10001', 'x', '1.5'])('a part with the number %s is refused or never completes a line', (ordinal) => {
  const parts = setting().open();
  const odd = part('a', 1, 2).replace('"partial_ordinal":"1"', `"partial_ordinal":"${ordinal}"`);
  const { records, waiting } = take(parts, odd);
  expect(records.length + waiting).toBe(1);
  for (const record of records) expect(record).toMatchObject({ code: 'incomplete' });
});

test('a file that is not its own is left alone, and says what to do', () => {
  const { path, open } = setting();
  writeFileSync(path, 'not a database, but somebody’s only copy of something, long enough to be a page'.repeat(20));
  expect(open).toThrow(/cannot open .*line-parts\.db \(file is not a database\): make it writable, or move it away/);
});

test.skipIf(process.getuid?.() === 0)('a folder that cannot be written is said (skipped as root)', () => {
  const { path, open } = setting();
  chmodSync(join(path, '..'), 0o500);
  expect(open).toThrow(/cannot open/);
});
