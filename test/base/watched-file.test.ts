import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { watchFile } from '../../src/base/watched-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'watched-'));
afterAll(() => rmSync(folder, { recursive: true }));

const stopped: Clock = { now: () => 0, sleep: () => Promise.reject(new Error('nothing sleeps here')) };
const path = join(folder, 'number');

function readNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error('it is no number');
  return Number(text);
}

describe('a watched file', () => {
  it('says what it says now, or what it said when it last could be read', async () => {
    const file = await watchFile({ path, maxBytes: 10, everyMs: 0, clock: stopped, read: readNumber });
    expect([file.value(), file.problem()]).toEqual([undefined, `${path} cannot be used: there is no such file`]);

    writeFileSync(path, '1');
    await file.check();
    expect([file.value(), file.problem()]).toEqual([1, undefined]);

    writeFileSync(path, 'one');
    await file.check();
    expect([file.value(), file.problem()]).toEqual([
      1,
      `${path} cannot be used: it is no number; what it said before stays in use`,
    ]);

    writeFileSync(path, '22');
    utimesSync(path, 1, 1);
    await file.check();
    expect([file.value(), file.problem()]).toEqual([22, undefined]);
  });

  it('is read at maxBytes and not beyond', async () => {
    writeFileSync(path, '1234567890');
    const open = (maxBytes: number) => watchFile({ path, maxBytes, everyMs: 0, clock: stopped, read: readNumber });
    expect((await open(10)).value()).toBe(1_234_567_890);
    expect((await open(9)).problem()).toContain('more than 9 bytes');
  });

  it('is looked at until it is closed', async () => {
    const naps: (() => void)[] = [];
    const clock: Clock = {
      now: () => 0,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          naps.push(resolve);
          signal?.addEventListener('abort', () => resolve(), { once: true });
        }),
    };
    writeFileSync(path, '5');
    const file = await watchFile({ path, maxBytes: 10, everyMs: 1000, clock, read: readNumber });
    writeFileSync(path, '66');
    naps.shift()?.();
    await expect.poll(() => file.value()).toBe(66);
    await file.close();
  });
});
