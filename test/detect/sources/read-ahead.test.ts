import { describe, expect, it } from 'vitest';
import { done } from '../../../src/base/outcome.ts';
import { readAhead } from '../../../src/detect/sources/read-ahead.ts';
import type { LogObject } from '../../../src/detect/sources/source.ts';
import { contentOf } from '../../contracts/describe-source.ts';
import { settle } from '../../support/hand-clock.ts';
import { objectOf } from '../../support/log-objects.ts';

const never = new AbortController().signal;
const mebibyte = 2 ** 20;

async function* listed(objects: readonly LogObject[], error?: Error): AsyncGenerator<LogObject> {
  yield* objects;
  if (error !== undefined) throw error;
}

/** An object of `chunks` mebibytes that tells how much of it was asked for, and whether it was let go. */
function metered(name: string, chunks: number) {
  const seen = { given: 0, left: false };
  const object: LogObject = {
    ...objectOf(name),
    async *open(signal) {
      try {
        for (let chunk = 0; chunk < chunks; chunk++) {
          signal.throwIfAborted();
          seen.given++;
          yield Buffer.alloc(mebibyte, name);
        }
      } finally {
        seen.left = true;
      }
    },
  };
  return { object, seen };
}

describe('objects that are fetched before their turn', () => {
  it('come in their order, whole, and are settled as themselves', async () => {
    const objects = ['a', 'b', 'c', 'd'].map((name) => objectOf(name, `${name}1`, `${name}2`));
    const read: string[] = [];
    for await (const object of readAhead(listed(objects), 3, never)) {
      read.push(await contentOf(object));
      await object.settle(done);
    }
    expect(read).toEqual(['a1a2', 'b1b2', 'c1c2', 'd1d2']);
    expect(objects.map(({ settled }) => settled)).toEqual([[done], [done], [done], [done]]);
  });

  it('are as many as allowed, and no more than 2 MiB of each is held', async () => {
    const all = ['a', 'b', 'c'].map((name) => metered(name, 5));
    const reading = readAhead(listed(all.map(({ object }) => object)), 2, never);
    const first = await reading.next();
    await settle();
    expect(all.map(({ seen }) => seen.given)).toEqual([2, 2, 0]);
    expect(first.done === true ? '' : await contentOf(first.value)).toHaveLength(5 * mebibyte);
    expect(all.map(({ seen }) => seen.given)).toEqual([5, 2, 0]);
    await reading.next();
    await settle();
    expect(all.map(({ seen }) => seen.given)).toEqual([5, 2, 2]);
    await reading.return(undefined);
  });

  it('are let go of when the reader leaves', async () => {
    const all = ['a', 'b'].map((name) => metered(name, 5));
    const reading = readAhead(listed(all.map(({ object }) => object)), 2, never);
    await reading.next();
    await reading.return(undefined);
    await settle();
    expect(all.map(({ seen }) => seen.left)).toEqual([true, true]);
  });

  it('fail when they are read, not before, and cost the others nothing', async () => {
    const objects = [objectOf('a', 'a'), objectOf('b', 'half', new Error('reset')), objectOf('c', 'c')];
    const read: string[] = [];
    for await (const object of readAhead(listed(objects), 3, never)) {
      read.push(await contentOf(object).catch((error: unknown) => String(error)));
    }
    expect(read).toEqual(['a', 'Error: reset', 'c']);
  });

  it('come before the trouble of their source', async () => {
    const reading = readAhead(listed([objectOf('a', 'a')], new Error('no more')), 3, never);
    const first = await reading.next();
    expect(first.done === true ? '' : await contentOf(first.value)).toBe('a');
    await expect(reading.next()).rejects.toThrow('no more');
  });

  it('stop being fetched when the signal is aborted', async () => {
    const stop = new AbortController();
    const { object, seen } = metered('a', 5);
    const reading = readAhead(listed([object]), 1, stop.signal);
    const first = await reading.next();
    await settle();
    stop.abort(new Error('stopped'));
    await settle();
    expect(seen.left).toBe(true);
    await expect(first.done === true ? '' : contentOf(first.value)).rejects.toThrow('stopped');
  });
});
