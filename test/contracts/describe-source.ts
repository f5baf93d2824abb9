import { describe, expect, it } from 'vitest';
import { done, reject, retry } from '../../src/base/outcome.ts';
import type { LogObject, Progress, Source } from '../../src/detect/sources/source.ts';

/** A place with three objects that a source under test reads; `open` may be called again, as after a restart. */
export interface SourceBench {
  open(progress: Progress): Promise<Source>;
  /** What the three objects hold, in the order in which they should come. */
  readonly contents: readonly [string, string, string];
}

const key = (source: string, object: string): string => `${source}\0${object}`;

/** Progress in memory that outlives the sources that use it, as the file does. */
export function progressInMemory(): Progress {
  const marks = new Map<string, string>();
  return {
    settledVersion: (source, object) => marks.get(key(source, object)),
    settle: (source, object, version) => {
      marks.set(key(source, object), version);
    },
    forget: (source, prefix) => {
      const start = key(source, prefix);
      for (const name of marks.keys()) if (name.startsWith(start) && name !== start) marks.delete(name);
    },
  };
}

export async function contentOf(object: LogObject): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of object.open(new AbortController().signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

async function objects(source: Source): Promise<LogObject[]> {
  const found: LogObject[] = [];
  for await (const object of source.objects(new AbortController().signal)) found.push(object);
  return found;
}

/** What every bounded source promises. */
export function describeSource(kind: string, set: () => Promise<SourceBench>): void {
  describe(`${kind} as a source`, () => {
    it('gives every object once, in order, under names that a second reading gives again', async () => {
      const bench = await set();
      const first = await objects(await bench.open(progressInMemory()));
      expect(await Promise.all(first.map(contentOf))).toEqual(bench.contents);
      const second = await objects(await bench.open(progressInMemory()));
      expect(second.map((object) => object.name)).toEqual(first.map((object) => object.name));
      expect(new Set(first.map((object) => object.name)).size).toBe(3);
    });

    it('does not give what is done or rejected again, and gives what is to be retried or was not settled', async () => {
      const bench = await set();
      const progress = progressInMemory();
      const [one, two] = await objects(await bench.open(progress));
      await one?.settle(done);
      await two?.settle(retry(new Error('not now')));
      const again = await objects(await bench.open(progress));
      expect(await Promise.all(again.map(contentOf))).toEqual(bench.contents.slice(1));
      await again[0]?.settle(reject(new Error('never')));
      const last = await objects(await bench.open(progress));
      expect(await Promise.all(last.map(contentOf))).toEqual(bench.contents.slice(2));
    });

    it('ends when the signal is aborted', async () => {
      const bench = await set();
      const stop = new AbortController();
      const seen: string[] = [];
      for await (const object of (await bench.open(progressInMemory())).objects(stop.signal)) {
        seen.push(object.name);
        stop.abort();
      }
      expect(seen).toHaveLength(1);
    });
  });
}
