import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const runner = join(import.meta.dirname, '../../bin/kept-code.cjs');

describe('the compiled code of a bundle', () => {
  let folder: string;
  const bundle = (body: string): void =>
    writeFileSync(
      join(folder, 'main.cjs'),
      `(function (exports, require, module, bundleUrl, bundleFolder, keepCode) {${body}\n})`,
    );
  const run = async (use = 'scan', ...flags: readonly string[]): Promise<unknown> => {
    const call = `console.log(JSON.stringify(require(${JSON.stringify(runner)}).runBundle(${JSON.stringify(join(folder, 'main.cjs'))}, '${use}')))`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, '-e', call]);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };
  const kept = (): string[] => readdirSync(join(folder, 'kept-code')).map((name) => join(folder, 'kept-code', name));
  /** Far back, so that a file that is written again is told by its time. */
  const age = (): void => kept().forEach((path) => utimesSync(path, 1, 1));
  const isAged = (): boolean => kept().every((path) => statSync(path).mtimeMs === 1000);

  beforeEach(() => {
    folder = temporaryFolder();
    bundle(`
      exports.lazy = (() => 'called')();
      exports.url = bundleUrl;
      exports.same = bundleFolder === require('node:path').dirname(require('node:url').fileURLToPath(bundleUrl));`);
  });

  it('is kept when the process ends, and used by the next one', async () => {
    const first = await run();
    expect(first).toEqual({ lazy: 'called', url: expect.stringMatching(/^file:.*main\.cjs$/), same: true });
    expect(kept()).toHaveLength(1);
    age();
    expect(await run()).toEqual(first);
    expect(isAged()).toBe(true);
  });

  it('is kept for each use apart', async () => {
    await run('scan');
    await run('run');
    expect(kept()).toHaveLength(2);
  });

  it('is kept at once where the bundle says so, and then not again', async () => {
    bundle(`
      const fs = require('node:fs');
      const folder = require('node:path').join(bundleFolder, 'kept-code');
      if (keepCode !== undefined) {
        keepCode();
        const [name] = fs.readdirSync(folder);
        fs.utimesSync(require('node:path').join(folder, name), 1, 1);
      }
      exports.kept = keepCode !== undefined;`);
    expect(await run()).toEqual({ kept: true });
    expect(isAged()).toBe(true);
    expect(await run()).toEqual({ kept: false });
    expect(isAged()).toBe(true);
  });

  it('is made again where V8 does not take it', async () => {
    await run();
    age();
    expect(await run('scan', '--stack-size=900')).toMatchObject({ lazy: 'called' });
    expect(isAged()).toBe(false);
  });

  it.for([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['damaged', (bytes: Buffer) => bytes.fill(1, bytes.length / 2, bytes.length / 2 + 8)],
    ['empty', () => Buffer.alloc(0)],
  ] as const)('is made again where it is %s', async ([, harm]) => {
    await run();
    const [path = ''] = kept();
    const whole = readFileSync(path);
    writeFileSync(path, harm(Buffer.from(whole)));
    expect(await run()).toMatchObject({ lazy: 'called' });
    expect(readFileSync(path).length).toBe(whole.length);
  });

  it('need not be kept', async () => {
    // No folder can be made where a file stands.
    writeFileSync(join(folder, 'kept-code'), '');
    expect(await run()).toMatchObject({ lazy: 'called' });
  });

  it('requires what is not in the bundle', async () => {
    mkdirSync(join(folder, 'node_modules/outside'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/outside/package.json'), '{"type":"module","exports":"./a.js"}');
    writeFileSync(join(folder, 'node_modules/outside/a.js'), 'export const there = 1;');
    bundle(`exports.there = require('outside').there; exports.hash = require('node:crypto').hash('md5', '');`);
    expect(await run()).toEqual({ there: 1, hash: 'd41d8cd98f00b204e9800998ecf8427e' });
  });
});
