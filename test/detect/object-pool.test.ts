import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { GunzipError } from '../../src/detect/gunzip-limits.ts';
import { NotALog } from '../../src/detect/junk.ts';
import { ObjectPool } from '../../src/detect/object-pool.ts';
import type { Reading } from '../../src/detect/read-object.ts';
import { type LogObject, Unreadable } from '../../src/detect/sources/source.ts';
import { objectOf } from '../support/log-objects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let started = 0;
let pool: ObjectPool<string> | undefined;
const open = (threads: number): ObjectPool<string> => {
  started = 0;
  pool = new ObjectPool<string>(threads, () => {
    started += 1;
    return new Worker(new URL('../support/object-thread.ts', import.meta.url));
  });
  return pool;
};
afterEach(() => pool?.close());

/** A thread may be long in starting on a busy machine. */
const starting = { timeout: 30_000 };

interface Read {
  readonly reading: Reading;
  readonly alerts: string[];
  readonly end: Promise<void>;
}

function read(
  object: LogObject,
  threads: ObjectPool<string>,
  held?: Promise<void>,
  signal = new AbortController().signal,
): Read {
  const reading: Reading = { lines: 0, events: 0, bytes: 0, testObject: false };
  const alerts: string[] = [];
  const take = (judged: { readonly alerts: readonly string[] }): Promise<void> | undefined => {
    alerts.push(...judged.alerts);
    return held;
  };
  const end = threads.read(object, take, reading, { signal });
  end.catch(() => undefined);
  return { reading, alerts, end };
}

/** Lines for ever; `given` counts them. */
function endless(): LogObject & { given: number } {
  const object = {
    ...objectOf('endless.log'),
    given: 0,
    async *open() {
      for (;;) {
        object.given += 1;
        yield Buffer.from(`${object.given}\n`);
        await Promise.resolve();
      }
    },
  };
  return object;
}

const sent = (): never => {
  throw new Error('sent');
};

describe('threads that read whole objects', () => {
  it('unpack, cut and judge, and say what was read', async () => {
    const one = read(objectOf('a.log', gzipSync('one\ntwo\n'), gzipSync('three\n')), open(1));
    await one.end;
    expect(one.alerts).toEqual(['one', 'two', 'three']);
    expect(one.reading).toEqual({ lines: 3, events: 3, bytes: 14, testObject: false });
  });

  it('are handed the memory of the bytes, not a copy, where they have it for themselves', async () => {
    const own = new TextEncoder().encode('one\n').slice();
    const shared = new Uint8Array(16).fill(10).subarray(0, 1);
    const one = read(objectOf('a.log', own, shared), open(1));
    await one.end;
    expect(one.reading).toMatchObject({ lines: 2, bytes: 5 });
    expect([own.byteLength, shared.byteLength]).toEqual([0, 1]);
  });

  it('take objects in their order, each on the thread that is free', async () => {
    const threads = open(2);
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => read(objectOf(name, `${name}\n`), threads));
    await Promise.all(all.map(({ end }) => end));
    expect(all.map(({ alerts }) => alerts)).toEqual([['a'], ['b'], ['c'], ['d'], ['e']]);
    expect(started).toBe(2);
  });

  it('tell trouble as the thread that asked would have met it, after what was good', async () => {
    const threads = open(1);
    const packed = gzipSync('good\n'.repeat(100_000));
    const cut = read(objectOf('cut.gz', packed.subarray(0, -12)), threads);
    await expect(cut.end).rejects.toBeInstanceOf(GunzipError);
    await expect(cut.end).rejects.toMatchObject({ reason: 'truncated', message: expect.stringContaining('too early') });
    expect(cut.alerts.length).toBeGreaterThan(50_000);
    const junk = read(objectOf('junk', Buffer.from([1, 0])), threads);
    await expect(junk.end).rejects.toBeInstanceOf(NotALog);
    await expect(read(objectOf('empty'), threads).end).rejects.toThrow('empty: an ELB log');
    await expect(read(objectOf('judge', 'throw\n'), threads).end).rejects.toThrow('the judge broke');
    const gone = new Unreadable('it was deleted');
    const half = read(objectOf('half', 'good\n', gone), threads);
    await expect(half.end).rejects.toBe(gone);
    expect(half.alerts).toEqual(['good']);
    expect(started).toBe(1);
  });

  it('tell what there is when nothing more has come yet', async () => {
    const more = Promise.withResolvers<void>();
    const slow: LogObject = {
      ...objectOf('pipe.log'),
      async *open() {
        yield gzipSync('one\ntwo\n');
        await more.promise;
        yield gzipSync('three\n');
      },
    };
    const { alerts, end } = read(slow, open(1));
    await expect.poll(() => alerts, starting).toEqual(['one', 'two']);
    more.resolve();
    await end;
    expect(alerts).toEqual(['one', 'two', 'three']);
  });

  it('read the file themselves where an object is one, and tell how much of it they read', async () => {
    const path = join(temporaryFolder(), 'a.gz');
    const packed = gzipSync('one\ntwo\n');
    writeFileSync(path, packed);
    let stored = 0;
    const file = { path, read: (bytes: number) => void (stored += bytes) };
    const threads = open(1);
    const whole = read({ ...objectOf('a.gz'), file, open: sent }, threads);
    await whole.end;
    expect(whole.alerts).toEqual(['one', 'two']);
    expect(stored).toBe(packed.length);
    const gone = read({ ...objectOf('b'), file: { path: `${path}.gone` }, open: sent }, threads);
    await expect(gone.end).rejects.toMatchObject({ code: 'ENOENT', message: expect.stringContaining(`${path}.gone`) });
    await read(objectOf('c', 'c\n'), threads).end;
    expect(started).toBe(1);
  });

  it('stop in the middle of a file', async () => {
    const path = join(temporaryFolder(), 'long.log');
    writeFileSync(path, `${'x'.repeat(99)}\n`.repeat(200_000));
    const held = Promise.withResolvers<void>();
    const stop = new AbortController();
    const threads = open(1);
    const cut = read({ ...objectOf('long.log'), file: { path } }, threads, held.promise, stop.signal);
    await expect.poll(() => cut.alerts.length, starting).toBeGreaterThan(0);
    stop.abort();
    held.resolve();
    await expect(cut.end).rejects.toThrow();
    expect(cut.alerts.length).toBeLessThan(200_000);
    const next = read(objectOf('b', 'b\n'), threads);
    await next.end;
    expect(next.alerts).toEqual(['b']);
  });

  it('tell of much at once, of many alerts or of many lines, and of each line once', async () => {
    const lines = Array.from({ length: 900_000 }, (_, number) => `${number < 300_000 ? '' : '#'}line ${number}`);
    const text = `${lines.join('\n')}\n`;
    const results: number[] = [];
    const alerts: string[] = [];
    const reading: Reading = { lines: 0, events: 0, bytes: 0, testObject: false };
    const take = (judged: { readonly alerts: readonly string[] }): undefined => {
      results.push(judged.alerts.length);
      for (const alert of judged.alerts) alerts.push(alert);
    };
    await open(1).read(objectOf('a.gz', gzipSync(text)), take, reading, { signal: new AbortController().signal });
    expect(alerts).toEqual(lines.slice(0, 300_000));
    expect(reading).toEqual({ lines: 900_000, events: 900_000, bytes: text.length, testObject: false });
    // The last three: some alerts and many lines, many lines, the rest.
    expect(Math.min(...results.slice(0, -3))).toBeGreaterThanOrEqual(1000);
    expect(results.slice(-2)).toEqual([0, 0]);
  });

  it('do not open what AWS left there as a test', async () => {
    const object: LogObject = {
      ...objectOf('AWSLogs/1/ELBAccessLogTestFile'),
      open: () => {
        throw new Error('opened');
      },
    };
    const { end, reading } = read(object, open(1));
    await end;
    expect(reading.testObject).toBe(true);
  });

  it('are held, and the source with them, while results are not taken', async () => {
    const threads = open(1);
    const held = Promise.withResolvers<void>();
    const stop = new AbortController();
    const object = endless();
    const slow = read(object, threads, held.promise, stop.signal);
    // Another thread's object goes through meanwhile: this one has had all the time that it needs.
    const other = new ObjectPool<string>(1, () => new Worker(new URL('../support/object-thread.ts', import.meta.url)));
    for (let number = 0; number < 20; number += 1) await read(objectOf('b', 'x\n'), other).end;
    await other.close();
    expect(object.given).toBeLessThan(16 + 10);
    expect(slow.alerts.length).toBeLessThanOrEqual(1);
    stop.abort();
    held.resolve();
    await expect(slow.end).rejects.toThrow();
  });

  it('stop in the middle of an object, and then read the next', async () => {
    const threads = open(1);
    const stop = new AbortController();
    const cut = read(endless(), threads, undefined, stop.signal);
    const behind = read(objectOf('b.log', 'b\n'), threads);
    await expect.poll(() => cut.alerts.length, starting).toBeGreaterThan(3);
    stop.abort();
    await expect(cut.end).rejects.toThrow();
    await behind.end;
    expect(behind.alerts).toEqual(['b']);
    await expect(read(objectOf('c'), threads, undefined, stop.signal).end).rejects.toThrow();
  });

  it('stop when results cannot be taken', async () => {
    const full = Promise.reject(new Error('the disk is full'));
    full.catch(() => undefined);
    await expect(read(endless(), open(1), full).end).rejects.toThrow('the disk is full');
  });

  it('fail the object that breaks one of them, and read the others on another', async () => {
    const threads = open(1);
    const all = ['a\n', 'exit\n', 'c\n'].map((text, index) => read(objectOf(`${index}`, text), threads));
    const message = 'a detecting thread broke';
    await expect(all[1]?.end).rejects.toMatchObject({ message, cause: { message: 'it ended with 3' } });
    await Promise.all([all[0]?.end, all[2]?.end]);
    expect(all.map(({ alerts }) => alerts)).toEqual([['a'], [], ['c']]);
    expect(started).toBe(2);
  });

  it('fail what is under way when they are closed', async () => {
    const threads = open(1);
    const cut = [read(endless(), threads), read(endless(), threads)];
    await threads.close();
    for (const { end } of cut) await expect(end).rejects.toThrow(/a detecting thread broke|were closed/);
  });
});
