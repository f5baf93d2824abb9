import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GunzipError } from '../../src/detect/gunzip-limits.ts';
import { ObjectPool } from '../../src/detect/object-pool.ts';
import { ObjectsHere } from '../../src/detect/objects-here.ts';
import type { Reading } from '../../src/detect/read-object.ts';
import { type LogObject, Unreadable } from '../../src/detect/sources/source.ts';
import { lineJudge } from '../support/line-judge.ts';
import { objectOf } from '../support/log-objects.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Read {
  readonly reading: Reading;
  readonly results: string[][];
  readonly end: Promise<void>;
}

function read(
  object: LogObject,
  reader: Pick<ObjectsHere<string>, 'read'> = new ObjectsHere(lineJudge),
  held?: () => Promise<void>,
  signal = new AbortController().signal,
): Read {
  const reading: Reading = { lines: 0, events: 0, bytes: 0, testObject: false };
  const results: string[][] = [];
  const take = ({ alerts }: { readonly alerts: readonly string[] }): Promise<void> | undefined => {
    results.push([...alerts]);
    return held?.();
  };
  const end = reader.read(object, take, reading, { signal });
  end.catch(() => undefined);
  return { reading, results, end };
}

const full = (): Promise<void> => Promise.reject(new Error('the disk is full'));

/** A turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('objects that are read on this thread', () => {
  it('are unpacked, cut and judged', async () => {
    const { reading, results, end } = read(objectOf('a.log', gzipSync('one\ntwo\n'), gzipSync('three\n')));
    await end;
    expect(results.flat()).toEqual(['one', 'two', 'three']);
    expect(reading).toEqual({ lines: 3, events: 3, bytes: 14, testObject: false });
  });

  it('are read from their files, of which it is told how much was read', async () => {
    const path = join(temporaryFolder(), 'a.log.gz');
    const packed = gzipSync('one\ntwo\n');
    writeFileSync(path, packed);
    let stored = 0;
    const count = (bytes: number): void => {
      stored += bytes;
    };
    const { results, end } = read({ ...objectOf('a.log.gz', 'not these'), file: { path, read: count } });
    await end;
    expect(results.flat()).toEqual(['one', 'two']);
    expect(stored).toBe(packed.length);
  });

  it('have what was good in them told before their trouble', async () => {
    const packed = gzipSync('good\n'.repeat(100_000));
    const cut = read(objectOf('cut.gz', packed.subarray(0, -12)));
    await expect(cut.end).rejects.toBeInstanceOf(GunzipError);
    expect(cut.results.flat().length).toBeGreaterThan(50_000);
    const gone = new Unreadable('it was deleted');
    const half = read(objectOf('half', 'good\n', gone));
    await expect(half.end).rejects.toBe(gone);
    expect(half.results).toEqual([['good']]);
  });

  it('have told what there is when nothing more has come yet, once', async () => {
    const more = Promise.withResolvers<void>();
    const slow: LogObject = {
      ...objectOf('pipe.log'),
      async *open() {
        yield Buffer.from('one\ntwo\n');
        await more.promise;
        yield Buffer.from('three\n');
      },
    };
    const { results, end } = read(slow);
    await turn();
    await turn();
    expect(results).toEqual([['one', 'two']]);
    more.resolve();
    await end;
    expect(results).toEqual([['one', 'two'], ['three']]);
  });

  it('tell of much at once, and give others their turns meanwhile, though all is there at once', async () => {
    const { results, end } = read(objectOf('a', ...Array<string>(40).fill(`${'#'.repeat(1000)}\n`.repeat(500))));
    let turns = 0;
    let counting = setImmediate(function count() {
      turns += 1;
      counting = setImmediate(count);
    });
    await end;
    clearImmediate(counting);
    expect(turns).toBeGreaterThan(3);
    expect(results.length).toBeGreaterThan(3);
    expect(results.length).toBeLessThan(10);
  });

  it('are held while a result is not taken', async () => {
    const taken = Promise.withResolvers<void>();
    let given = 0;
    const endless: LogObject = {
      ...objectOf('endless.log'),
      async *open() {
        for (;;) {
          given += 1;
          yield Buffer.from('x\n'.repeat(1000));
          await turn();
        }
      },
    };
    const stop = new AbortController();
    const { end, results } = read(endless, undefined, () => taken.promise, stop.signal);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(given).toBeLessThan(4);
    expect(results.length).toBeLessThan(4);
    stop.abort();
    taken.resolve();
    await expect(end).rejects.toThrow();
  });

  it('end when a result cannot be taken', async () => {
    const { end } = read(objectOf('a', 'a\n'.repeat(1000), 'b\n'), undefined, full);
    await expect(end).rejects.toThrow('the disk is full');
  });
});

describe('a pool that reads here too', () => {
  it('takes the first object itself and the others where there is room, and needs a thread less', async () => {
    let started = 0;
    const start = (): Worker => {
      started += 1;
      return new Worker(new URL('../support/object-thread.ts', import.meta.url));
    };
    const pool = new ObjectPool(2, start, lineJudge);
    onTestFinished(() => pool.close());
    await read(objectOf('a', 'a\n'), pool).end;
    expect(started).toBe(0);
    const all = ['b', 'c', 'd', 'e'].map((name) => read(objectOf(name, `${name}\n`), pool));
    await Promise.all(all.map(({ end }) => end));
    expect(all.map(({ results }) => results.flat())).toEqual([['b'], ['c'], ['d'], ['e']]);
    expect(started).toBe(1);
  });
});
