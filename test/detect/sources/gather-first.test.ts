import { describe, expect, it } from 'vitest';
import { gatherFirst } from '../../../src/detect/sources/gather-first.ts';
import type { LogObject } from '../../../src/detect/sources/source.ts';
import { objectOf } from '../../support/log-objects.ts';

/** Notes what is asked of it and when it is left. */
function source(names: readonly string[], trouble?: Error): AsyncIterable<LogObject> & { readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    async *[Symbol.asyncIterator]() {
      try {
        for (const name of names) {
          log.push(name);
          yield objectOf(name);
        }
        if (trouble !== undefined) throw trouble;
      } finally {
        log.push('left');
      }
    },
  };
}

describe('objects of which the first are gathered', () => {
  it('are given when all of the first are known, the others as they come', async () => {
    const objects = source(['a', 'b', 'c', 'd']);
    for await (const { name } of gatherFirst(objects, 2)) objects.log.push(`got ${name}`);
    expect(objects.log).toEqual(['a', 'b', 'got a', 'got b', 'c', 'got c', 'd', 'got d', 'left']);
  });

  it('may be fewer', async () => {
    const objects = source(['a']);
    for await (const { name } of gatherFirst(objects, 3)) objects.log.push(`got ${name}`);
    expect(objects.log).toEqual(['a', 'left', 'got a']);
  });

  it('are given before the trouble that came behind them', async () => {
    const objects = source(['a', 'b'], new Error('no such folder'));
    const got: string[] = [];
    const all = (async () => {
      for await (const { name } of gatherFirst(objects, 3)) got.push(name);
    })();
    await expect(all).rejects.toThrow('no such folder');
    expect(got).toEqual(['a', 'b']);
  });

  it('leave their source when nobody wants more', async () => {
    const objects = source(['a', 'b', 'c']);
    for await (const _ of gatherFirst(objects, 2)) break;
    expect(objects.log).toEqual(['a', 'b', 'left']);
  });
});
