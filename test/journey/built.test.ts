import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const run = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 2 ** 26 })).stdout;

describe('what bin/build.mjs builds', () => {
  beforeAll(() => run('bin/build.mjs'));

  it('is made of the sources, and libraries that are loaded when they are needed stay outside', () => {
    expect(readFileSync(join(root, 'dist/built-from.txt'), 'utf8')).toContain('src/detect/judge.ts\t');
    expect(readFileSync(join(root, 'dist/main.cjs'), 'latin1')).not.toContain('node_modules/@aws-sdk');
  });

  it('imports nothing at run time: Node warns of that in a script', () => {
    expect(readFileSync(join(root, 'dist/main.cjs'), 'latin1')).not.toMatch(/\bimport\(["'`\w]/);
  });

  it('is ASCII, which can be read without decoding', () => {
    for (const name of readdirSync(join(root, 'dist')).filter((each) => each.endsWith('.cjs'))) {
      expect(
        readFileSync(join(root, 'dist', name)).findIndex((byte) => byte > 127),
        name,
      ).toBe(-1);
    }
  });

  it.for([
    ['fields'],
    ['rules', 'check', 'rules'],
    ['scan', '--format', 'jsonl', 'samples'],
    ['scan', '--threads', '2', 'samples'],
    ['scan', '--threads', '2', '--format', 'jsonl', 'samples'],
  ])('says what the sources say: %s', async (args) => {
    const built = await run('bin/elb-sidekick.mjs', ...args);
    expect(built.length).toBeGreaterThan(0);
    expect(built).toBe(await run('src/main.ts', ...args));
    // The second start finds what the first one kept.
    expect(await run('bin/elb-sidekick.mjs', ...args)).toBe(built);
  });
});
