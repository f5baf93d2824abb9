import { describe, expect, it } from 'vitest';
import { done, reject, retry } from '../../src/base/outcome.ts';
import type { LogObject, Progress, Source } from '../../src/detect/sources/source.ts';
import { whilePassing } from '../support/hand-clock.ts';

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
  const gone = new Map<string, number>();
  return {
    settledVersion: (source, object) => marks.get(key(source, object)),
    settle: (source, object, version) => {
      marks.set(key(source, object), version);
    },
    forget: (source, prefix) => {
      const start = key(source, prefix);
      for (const name of marks.keys()) if (name.startsWith(start) && name !== start) marks.delete(name);
    },
    expire: (source, prefix, there, atMs, keptMs) => {
      const known = new Set([...there].map((name) => key(source, name)));
      for (const name of marks.keys()) {
        if (!name.startsWith(key(source, prefix))) continue;
        if (known.has(name)) gone.delete(name);
        else if (atMs - (gone.get(name) ?? atMs) >= keptMs && gone.has(name)) marks.delete(name);
        else gone.set(name, gone.get(name) ?? atMs);
      }
    },
  };
}

export async function contentOf(object: LogObject): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of object.open(new AbortController().signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** The objects of a bounded source, each with what it holds, settled done as they come. */
async function readAll(source: Source): Promise<{ readonly name: string; readonly content: string }[]> {
  const found: { name: string; content: string }[] = [];
  for await (const object of source.objects(new AbortController().signal)) {
    found.push({ name: object.name, content: await contentOf(object) });
    await object.settle(done);
  }
  return found;
}

/** The next objects of a source, and an end of it as kill -9 makes one: nothing else is settled. */
async function takeSome(source: Source, count: number): Promise<LogObject[]> {
  const found: LogObject[] = [];
  for await (const object of source.objects(new AbortController().signal)) {
    found.push(object);
    if (found.length === count) break;
  }
  return found;
}

/** What every bounded source promises. */
export function describeSource(kind: string, set: () => Promise<SourceBench>): void {
  describe(`${kind} as a source`, () => {
    it('gives every object once, in order, under names that a second reading gives again', async () => {
      const bench = await set();
      const first = await readAll(await bench.open(progressInMemory()));
      expect(first.map(({ content }) => content)).toEqual(bench.contents);
      const second = await readAll(await bench.open(progressInMemory()));
      expect(second.map(({ name }) => name)).toEqual(first.map(({ name }) => name));
      expect(new Set(first.map(({ name }) => name)).size).toBe(3);
    });

    it('does not give what is done or rejected again, and gives what is to be retried or was not settled', async () => {
      const bench = await set();
      const progress = progressInMemory();
      const [one, two] = await takeSome(await bench.open(progress), 3);
      await one?.settle(done);
      await two?.settle(retry(new Error('not now')));
      const again = await takeSome(await bench.open(progress), 2);
      expect(await Promise.all(again.map(contentOf))).toEqual(bench.contents.slice(1));
      await again[0]?.settle(reject(new Error('never')));
      const last = await readAll(await bench.open(progress));
      expect(last.map(({ content }) => content)).toEqual(bench.contents.slice(2));
      expect(await readAll(await bench.open(progress))).toEqual([]);
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

/** A place with three objects, to which more come, for a source that has no end by itself. */
export interface EndlessBench {
  /** May be called again, as after a restart, once the source before it was stopped. */
  open(): Promise<Source>;
  /** What the three objects hold, in any order. */
  readonly contents: readonly [string, string, string];
  /** Puts a fourth object there. */
  add(content: string): Promise<void>;
  /** Lets time pass, enough for whatever the source waits for. */
  pass(): Promise<void>;
  /** What an object holds, in the words of `contents` and `add`. */
  read?(object: LogObject): Promise<string>;
}

/** So many times does `pass` let a source go on that has nothing to give. */
const quietTurns = 8;

/** A source that was opened, read object by object. */
class Reading {
  readonly #bench: EndlessBench;
  readonly #objects: AsyncIterator<LogObject>;
  readonly #stop = new AbortController();
  #asked: Promise<IteratorResult<LogObject, unknown>> | undefined;
  /** Kinds that give one object at a time want it settled before the next. */
  readonly oneAtATime: boolean;

  constructor(bench: EndlessBench, source: Source) {
    this.#bench = bench;
    this.oneAtATime = source.atOnce === 1;
    this.#objects = source.objects(this.#stop.signal)[Symbol.asyncIterator]();
  }

  /** The next object, or undefined when none comes in `turns`. */
  async next(turns = Number.POSITIVE_INFINITY): Promise<LogObject | undefined> {
    this.#asked ??= this.#objects.next();
    const came = await whilePassing(this.#asked, () => this.#bench.pass(), turns);
    if (came === undefined) return undefined;
    this.#asked = undefined;
    expect(came.done, 'the source ended by itself').not.toBe(true);
    return came.done === true ? undefined : came.value;
  }

  async take(count: number): Promise<LogObject[]> {
    const taken: LogObject[] = [];
    while (taken.length < count) taken.push((await this.next()) as LogObject);
    return taken;
  }

  read(object: LogObject): Promise<string> {
    return this.#bench.read?.(object) ?? contentOf(object);
  }

  abort(): void {
    this.#stop.abort();
  }

  /** Resolves once the source has ended, time standing still. */
  async ended(): Promise<void> {
    const { done: isDone } = await (this.#asked ?? this.#objects.next());
    expect(isDone, 'an object came after the end').toBe(true);
  }
}

async function start(bench: EndlessBench): Promise<Reading> {
  return new Reading(bench, await bench.open());
}

/** What every source without end promises. */
export function describeEndlessSource(kind: string, set: () => Promise<EndlessBench>): void {
  describe(`${kind} as a source without end`, () => {
    it('gives every object once, and none again while it is out or when it is done', async () => {
      const bench = await set();
      const reading = await start(bench);
      const contents: string[] = [];
      const out: LogObject[] = [];
      for (let count = 0; count < 3; count++) {
        const [object] = await reading.take(1);
        if (object === undefined) break;
        contents.push(await reading.read(object));
        if (reading.oneAtATime) await object.settle(done);
        else out.push(object);
      }
      expect(contents.sort()).toEqual([...bench.contents].sort());
      expect((await reading.next(quietTurns))?.name).toBeUndefined();
      for (const object of out) await object.settle(done);
      expect((await reading.next(quietTurns))?.name).toBeUndefined();
      reading.abort();
      await reading.ended();
    });

    it('gives again what is to be retried, under its name, and never what was rejected', async () => {
      const bench = await set();
      const reading = await start(bench);
      const [first] = await reading.take(1);
      const content = first && (await reading.read(first));
      await first?.settle(retry(new Error('not now'), 0));
      const seen: string[] = [];
      let again: LogObject | undefined;
      while (again === undefined) {
        const [object] = await reading.take(1);
        if (object?.name === first?.name || (object && (await reading.read(object)) === content)) again = object;
        else {
          seen.push(object?.name ?? '');
          await object?.settle(reject(new Error('never')));
        }
      }
      expect(again && (await reading.read(again))).toBe(content);
      await again?.settle(done);
      while (seen.length < 2) {
        const [object] = await reading.take(1);
        seen.push(object?.name ?? '');
        await object?.settle(reject(new Error('never')));
      }
      expect(new Set(seen).size).toBe(2);
      expect((await reading.next(quietTurns))?.name).toBeUndefined();
      reading.abort();
      await reading.ended();
    });

    it('goes on with what comes later', async () => {
      const bench = await set();
      const reading = await start(bench);
      for (let count = 0; count < 3; count++) await (await reading.next())?.settle(done);
      expect((await reading.next(quietTurns))?.name).toBeUndefined();
      await bench.add('a fourth');
      const fourth = await reading.next();
      expect(fourth && (await reading.read(fourth))).toBe('a fourth');
      await fourth?.settle(done);
      reading.abort();
      await reading.ended();
    });

    it('ends at once when it is stopped while an object is out, and gives that again after a restart', async () => {
      const bench = await set();
      const reading = await start(bench);
      const [one, two] = reading.oneAtATime ? [await reading.next()] : await reading.take(2);
      const unfinished = one && (await reading.read(one));
      reading.abort();
      await two?.settle(done);
      await one?.settle(retry(new Error('stopped before its end')));
      await reading.ended();
      const after = await start(bench);
      const contents: string[] = [];
      while (!contents.includes(unfinished ?? '')) {
        const object = await after.next();
        if (object !== undefined) contents.push(await after.read(object));
        await object?.settle(done);
      }
      after.abort();
      await after.ended();
    });
  });
}
