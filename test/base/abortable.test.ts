import { expect, test } from 'vitest';
import { abortable } from '../../src/base/abortable.ts';

const never = new Promise<never>(() => undefined);

async function* numbers(then?: Promise<never>): AsyncGenerator<number> {
  yield 1;
  yield 2;
  await then;
}

async function collect(items: AsyncIterable<number>, seen: number[]): Promise<void> {
  for await (const item of items) seen.push(item);
}

test('items pass, and the end is the end', async () => {
  const seen: number[] = [];
  await collect(abortable(numbers(), new AbortController().signal), seen);
  expect(seen).toEqual([1, 2]);
});

test('an abort ends the wait for an item that never comes', async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  const collecting = collect(abortable(numbers(never), stop.signal), seen);
  setImmediate(() => stop.abort());
  await expect(collecting).rejects.toThrow('stopped');
  expect(seen).toEqual([1, 2]);
});

test('an abort while an item is worked on ends the wait for the next', async () => {
  const stop = new AbortController();
  const collecting = (async () => {
    for await (const item of abortable(numbers(never), stop.signal)) if (item === 2) stop.abort();
  })();
  await expect(collecting).rejects.toThrow('stopped');
});

test('a signal that is aborted already lets nothing through', async () => {
  await expect(collect(abortable(numbers(), AbortSignal.abort()), [])).rejects.toThrow();
});

test('whoever stops reading closes the source, and its error comes through', async () => {
  let closed = false;
  async function* failing(): AsyncGenerator<number> {
    try {
      yield 1;
      throw new Error('broken');
    } finally {
      closed = true;
    }
  }
  for await (const item of abortable(failing(), new AbortController().signal)) if (item === 1) break;
  expect(closed).toBe(true);
  await expect(collect(abortable(failing(), new AbortController().signal), [])).rejects.toThrow('broken');
});
