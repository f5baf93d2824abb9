import type { LogObject } from './source.ts';

/**
 * The objects in their order, the first `count` of them all known before the first is given: then they are given at once, and
 * who reads them side by side can begin all before the first keeps it busy.
 */
export async function* gatherFirst(objects: AsyncIterable<LogObject>, count: number): AsyncGenerator<LogObject> {
  const first: LogObject[] = [];
  let trouble: { readonly error: unknown } | undefined;
  const source = objects[Symbol.asyncIterator]();
  try {
    try {
      for (let next = await source.next(); next.done !== true; next = await source.next()) {
        if (first.push(next.value) === count) break;
      }
    } catch (error) {
      // What came before the trouble is read before it is told.
      trouble = { error };
    }
    yield* first;
    if (trouble !== undefined) throw trouble.error;
    if (first.length < count) return;
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
  } finally {
    await source.return?.();
  }
}
