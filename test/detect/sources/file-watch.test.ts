import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, type Outcome, reject, retry } from '../../../src/base/outcome.ts';
import { file } from '../../../src/detect/sources/file.ts';
import type { LogObject, Progress } from '../../../src/detect/sources/source.ts';
import { plainBytes } from '../../../src/detect/gunzip.ts';
import { contentOf, describeEndlessSource, progressInMemory } from '../../contracts/describe-source.ts';
import { type HandClock, handClock, whilePassing } from '../../support/hand-clock.ts';
import { type NotingTools, reasonsOf, sourceTools, take } from '../../support/source-tools.ts';

let folder: string;
let progress: Progress;
let stop: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-watch-'));
  progress = progressInMemory();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

/** A source that watches, read by a test: its lines as `name:number text`. */
class Watched {
  readonly clock: HandClock = handClock(Date.now());
  readonly tools: NotingTools = sourceTools({ clock: this.clock, progress });
  readonly rows: string[] = [];
  readonly #stop = new AbortController();
  readonly #stepMs: number;
  #objects: AsyncIterator<LogObject> | undefined;
  readonly #given: { readonly paths: string[]; readonly poll_interval?: string };

  constructor(paths: string[], pollInterval?: string) {
    this.#given = { paths, ...(pollInterval === undefined ? {} : { poll_interval: pollInterval }) };
    // With a long interval only what the kernel tells can wake it, and a last line is not yet quiet.
    this.#stepMs = pollInterval === undefined ? 10_000 : 1;
  }

  async #open(): Promise<AsyncIterator<LogObject>> {
    const tools = { ...this.tools, resolvePath: at };
    const source = await file.open(file.config.parse({ ...this.#given, watch: true }), tools);
    const objects = source.objects(AbortSignal.any([stop.signal, this.#stop.signal]));
    return objects[Symbol.asyncIterator]();
  }

  async object(): Promise<LogObject> {
    this.#objects ??= await this.#open();
    const waiting: { object?: LogObject; error?: unknown } = {};
    const asked = this.#objects.next().then(
      (next) => {
        waiting.object = next.value;
      },
      (error: unknown) => {
        waiting.error = error;
      },
    );
    while (waiting.object === undefined && waiting.error === undefined) await this.clock.advance(this.#stepMs);
    await asked;
    if (waiting.object === undefined) throw waiting.error;
    return waiting.object;
  }

  /** Reads the next object and settles it. */
  async read(outcome: Outcome = done): Promise<void> {
    const object = await this.object();
    const chunks: Uint8Array[] = [];
    for await (const chunk of plainBytes(object.open(stop.signal))) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString('latin1').split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (outcome.kind === 'done')
      this.rows.push(...lines.map((line, index) => `${object.name}:${(object.linesBefore ?? 0) + index + 1} ${line}`));
    await object.settle(outcome);
  }

  /** Reads until a line says so. */
  async readTo(text: string): Promise<readonly string[]> {
    while (!this.rows.some((row) => row.endsWith(` ${text}`))) await this.read();
    return this.rows;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    expect((await this.#objects?.next())?.done).toBe(true);
  }
}

describeEndlessSource('file that watches', async () => {
  const contents = ['one', 'two', 'three'] as const;
  for (const content of contents) await writeFile(at(`${content}.log`), `${content}\n`);
  const clock = handClock(Date.now());
  const tools = { ...sourceTools({ clock, progress }), resolvePath: at };
  return {
    contents,
    open: () => file.open(file.config.parse({ paths: ['.'], watch: true }), tools),
    add: (content) => writeFile(at('more.log'), `${content}\n`),
    pass: () => clock.advance(10_000),
    read: async (object) => (await contentOf(object)).trimEnd(),
  };
});

describe('the file source that watches', () => {
  it('reads what is there, then every line that is added, once and under its number', async () => {
    await writeFile(at('a.log'), 'one\ntwo\n');
    const watched = new Watched(['.']);
    await watched.readTo('two');
    await appendFile(at('a.log'), 'three\nfour\n');
    expect(await watched.readTo('four')).toEqual(['a.log:1 one', 'a.log:2 two', 'a.log:3 three', 'a.log:4 four']);
  });

  it('goes on after a restart where it was', async () => {
    await writeFile(at('a.log'), 'one\ntwo\n');
    const first = new Watched(['a.log']);
    await first.readTo('two');
    await first.close();
    await appendFile(at('a.log'), 'three\n');
    expect(await new Watched(['a.log']).readTo('three')).toEqual(['a.log:3 three']);
  });

  it('is woken by the system, without waiting for the next listing', async () => {
    await writeFile(at('a.log'), 'one\n');
    const watched = new Watched(['.'], '24h');
    await watched.readTo('one');
    const next = watched.object();
    await appendFile(at('a.log'), 'two\n');
    expect(await next).toMatchObject({ name: 'a.log', linesBefore: 1, size: 4 });
  });

  it('waits for the end of a line that is being written', async () => {
    await writeFile(at('a.log'), 'one\nhal');
    const watched = new Watched(['.'], '24h');
    await watched.readTo('one');
    const next = watched.read();
    await appendFile(at('a.log'), 'f\n');
    await next;
    expect(watched.rows).toEqual(['a.log:1 one', 'a.log:2 half']);
  });

  it('reads a last line without an end once nobody writes any more, and only once', async () => {
    await writeFile(at('a.log'), 'one\nlast');
    const watched = new Watched(['.']);
    await watched.readTo('last');
    await writeFile(at('b.log'), 'sentinel\n');
    expect(await watched.readTo('sentinel')).toEqual(['a.log:1 one', 'a.log:2 last', 'b.log:1 sentinel']);
  });

  it.each([['a file', 'app.log'] as const, ['a folder', '.'] as const])(
    'follows rotation by rename, watching %s',
    async (_what, path) => {
      await writeFile(at('app.log'), 'one\n');
      const before = new Watched([path]);
      await before.readTo('one');
      await before.close();
      await appendFile(at('app.log'), 'two\n');
      await rename(at('app.log'), at('app.log.1'));
      await writeFile(at('app.log'), 'three\n');
      const watched = new Watched([path]);
      await watched.readTo('two');
      await watched.readTo('three');
      await appendFile(at('app.log'), 'four\n');
      await watched.readTo('four');
      expect([...watched.rows].sort()).toEqual(['app.log:1 three', 'app.log:2 four', 'app.log:2 two']);
    },
  );

  it('follows rotation by copy and truncation', async () => {
    await writeFile(at('app.log'), 'one\n');
    const watched = new Watched(['.']);
    await watched.readTo('one');
    await appendFile(at('app.log'), 'two\n');
    await copyFile(at('app.log'), at('app.log.1'));
    await truncate(at('app.log'), 0);
    await watched.readTo('two');
    await appendFile(at('app.log'), 'three\n');
    expect(await watched.readTo('three')).toEqual(['app.log:1 one', 'app.log:2 two', 'app.log:1 three']);
  });

  it('reads of a rotated file that was compressed only what it had not read, even after it moved on', async () => {
    await writeFile(at('app.log'), 'one\n');
    const watched = new Watched(['.']);
    await watched.readTo('one');
    await rm(at('app.log'));
    await writeFile(at('app.log.1.gz'), gzipSync('one\ntwo\n'));
    await watched.readTo('two');
    await rename(at('app.log.1.gz'), at('app.log.2.gz'));
    await writeFile(at('app.log'), 'sentinel\n');
    expect(await watched.readTo('sentinel')).toEqual(['app.log:1 one', 'app.log:2 two', 'app.log:1 sentinel']);
  });

  it('reads a gzip file when nobody has written to it for ten seconds', async () => {
    await mkdir(at('in'));
    const bytes = gzipSync('one\ntwo\n');
    await writeFile(at('in/a.gz'), bytes.subarray(0, 10));
    await writeFile(at('in/b.log'), 'sentinel\n');
    const watched = new Watched(['in'], '24h');
    await watched.readTo('sentinel');
    await appendFile(at('in/a.gz'), bytes.subarray(10));
    const later = new Watched(['in']);
    expect(await later.readTo('two')).toEqual(['in/a.gz:1 one', 'in/a.gz:2 two']);
  });

  it('offers what failed again from where it stood, and what was rejected never', async () => {
    await writeFile(at('a.log'), 'one\n');
    await writeFile(at('b.log'), 'junk\n');
    const watched = new Watched(['.']);
    await watched.read(retry(new Error('not now')));
    await watched.read(reject(new Error('junk')));
    await appendFile(at('b.log'), 'more junk\n');
    await appendFile(at('a.log'), 'two\n');
    await watched.readTo('two');
    await writeFile(at('c.log'), 'sentinel\n');
    expect(await watched.readTo('sentinel')).toEqual(['a.log:1 one', 'a.log:2 two', 'c.log:1 sentinel']);
  });

  it('leaves a file that fails alone for longer and longer, whatever is written to it, and reads the others', async () => {
    await writeFile(at('a.log'), 'one\n');
    const watched = new Watched(['.'], '1s');
    const tried: number[] = [];
    const failing = async (): Promise<void> => {
      let object = await watched.object();
      while (object.name !== 'a.log') {
        await object.settle(done);
        object = await watched.object();
      }
      tried.push(watched.clock.now());
      await object.settle(retry(new Error('not now')));
      await appendFile(at('a.log'), 'more\n');
      await writeFile(at(`${tried.length}.log`), 'another\n');
    };
    for (let number = 0; number < 4; number++) await failing();
    const pauses = tried.slice(1).map((time, index) => Math.round((time - (tried[index] ?? 0)) / 1000));
    expect(pauses.map((pause, index) => pause >= 5 * 2 ** index)).toEqual([true, true, true]);
    await watched.readTo('more');
  });

  it('forgets files that were nowhere for a week, and no others', async () => {
    for (const name of ['kept.log', 'gone.log']) await writeFile(at(name), `${name}\n`);
    const forgotten: string[] = [];
    const kept = progressInMemory();
    progress = {
      ...kept,
      expire: (source, prefix, there, atMs, keptMs) => {
        kept.expire(source, prefix, there, atMs, keptMs);
        forgotten.push(`${there.size} there, kept for ${keptMs / 86_400_000} days`);
      },
    };
    const clock = handClock(Date.now());
    const tools = { ...sourceTools({ clock, progress }), resolvePath: at };
    const source = await file.open(file.config.parse({ paths: ['.'], watch: true, poll_interval: '24h' }), tools);
    const objects = source.objects(stop.signal)[Symbol.asyncIterator]();
    for (const object of await take(objects, 2)) await object.settle(done);
    await rm(at('gone.log'));
    const back = await whilePassing(objects.next(), async () => {
      await clock.advance(25 * 3_600_000);
      // Under its first line, and so as another file: its line is read again.
      if (forgotten.length >= 10 && !existsSync(at('back.log'))) await writeFile(at('back.log'), 'gone.log\n');
    });
    expect(back?.done !== true && back?.value.name).toBe('back.log');
    expect(forgotten[9]).toBe('2 there, kept for 7 days');
  });

  it('tells once of a path that is not there, and reads it when it comes', async () => {
    const watched = new Watched(['logs']);
    const next = watched.readTo('one');
    await watched.clock.advance(60_000);
    await mkdir(at('logs'));
    await writeFile(at('logs/a.log'), 'one\n');
    expect(await next).toEqual(['logs/a.log:1 one']);
    expect(reasonsOf(watched.tools.notes, 'trouble')).toEqual([
      expect.stringMatching(/^logs cannot be read: there is no such file or folder$/),
    ]);
  });
});
