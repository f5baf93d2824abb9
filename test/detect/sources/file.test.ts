import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { done } from '../../../src/base/outcome.ts';
import { file } from '../../../src/detect/sources/file.ts';
import type { LogObject, Progress, SourceTools } from '../../../src/detect/sources/source.ts';
import { contentOf, describeSource, progressInMemory } from '../../contracts/describe-source.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-source-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function tools(progress: Progress = progressInMemory()): SourceTools {
  return {
    name: 'logs',
    clock: systemClock,
    progress,
    report: () => {},
    resolvePath: (path) => join(folder, path),
    stdin: async function* () {
      yield Buffer.from('from standard input');
    },
  };
}

async function objects(paths: string[], progress?: Progress): Promise<LogObject[]> {
  const source = await file.open(file.config.parse({ paths }), tools(progress));
  const found: LogObject[] = [];
  for await (const object of source.objects(new AbortController().signal)) found.push(object);
  return found;
}

const names = (found: readonly LogObject[]): string[] => found.map((object) => object.name);

describeSource('file', async () => {
  for (const name of ['1', '2', '3']) await writeFile(join(folder, name), `content ${name}`);
  return {
    open: (progress) => file.open(file.config.parse({ paths: ['.'] }), tools(progress)),
    contents: ['content 1', 'content 2', 'content 3'],
  };
});

describe('the file source', () => {
  it('reads folders to their depths in order of name and leaves hidden files out', async () => {
    await mkdir(join(folder, 'logs/b/c'), { recursive: true });
    await mkdir(join(folder, 'logs/.git'));
    for (const name of ['a.log', 'b/c/z.log', 'b/a.log', 'c.log', '.hidden', '.git/x']) {
      await writeFile(join(folder, 'logs', name), name);
    }
    expect(names(await objects(['logs', 'logs/c.log']))).toEqual([
      'logs/a.log',
      'logs/b/a.log',
      'logs/b/c/z.log',
      'logs/c.log',
      'logs/c.log',
    ]);
  });

  it('tells the size of a file, for progress bars', async () => {
    await writeFile(join(folder, 'a.log'), '12345');
    expect((await objects(['a.log']))[0]?.size).toBe(5);
  });

  it('says where a file stands, so that another thread can read it, and of standard input nothing', async () => {
    await writeFile(join(folder, 'a.log'), '12345');
    const [there, input] = await objects(['a.log', '-']);
    expect([there?.file, input?.file]).toEqual([{ path: join(folder, 'a.log') }, undefined]);
  });

  it('reads standard input as -', async () => {
    const [object] = await objects(['-']);
    expect(object?.name).toBe('-');
    expect(await contentOf(object!)).toBe('from standard input');
  });

  it('reports a missing path when it is read, and goes on', async () => {
    await writeFile(join(folder, 'there.log'), 'x');
    const found = await objects(['missing.log', 'there.log']);
    expect(names(found)).toEqual(['missing.log', 'there.log']);
    await expect(contentOf(found[0]!)).rejects.toThrow(/ENOENT/);
    expect(await contentOf(found[1]!)).toBe('x');
  });

  it('follows links to files, reports dangling ones and does not walk in circles', async () => {
    await mkdir(join(folder, 'logs'));
    await writeFile(join(folder, 'outside.log'), 'outside');
    await symlink('../outside.log', join(folder, 'logs/a.log'));
    await symlink('nowhere', join(folder, 'logs/b.log'));
    await symlink('.', join(folder, 'logs/c'));
    const found = await objects(['logs']);
    expect(names(found)).toEqual(['logs/a.log', 'logs/b.log']);
    expect(await contentOf(found[0]!)).toBe('outside');
    await expect(contentOf(found[1]!)).rejects.toThrow(/ENOENT/);
  });

  it('reads a settled file again when its size or its time changed', async () => {
    const progress = progressInMemory();
    const path = join(folder, 'a.log');
    await writeFile(path, 'one');
    for (const object of await objects(['a.log'], progress)) await object.settle(done);
    expect(await objects(['a.log'], progress)).toEqual([]);
    await writeFile(path, 'longer');
    const grown = await objects(['a.log'], progress);
    expect(names(grown)).toEqual(['a.log']);
    await grown[0]?.settle(done);
    await utimes(path, new Date(0), new Date(1));
    expect(names(await objects(['a.log'], progress))).toEqual(['a.log']);
  });
});
