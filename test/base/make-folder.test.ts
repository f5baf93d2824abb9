import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeWritableFolder } from '../../src/base/make-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('a folder', () => {
  it('is made with all that is missing above it, and stays when it is there', () => {
    const path = join(temporaryFolder(), 'a/b/c');
    makeWritableFolder(path);
    writeFileSync(join(path, 'kept'), '');
    makeWritableFolder(path);
    expect(statSync(path).isDirectory()).toBe(true);
    expect(readdirSync(path)).toEqual(['kept']);
  });

  it('may be a link to one', () => {
    const at = temporaryFolder();
    mkdirSync(join(at, 'real'));
    symlinkSync('real', join(at, 'link'));
    makeWritableFolder(join(at, 'link/more'));
    expect(existsSync(join(at, 'real/more'))).toBe(true);
  });

  it('is not made of a file, nor below one', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const says = `${file} is there and is no folder; name another one`;
    expect(() => makeFolder(file)).toThrow(says);
    expect(() => makeFolder(join(file, 'a/b'))).toThrow(says);
  });

  it('is not made of links in a circle', () => {
    const at = temporaryFolder();
    symlinkSync('two', join(at, 'one'));
    symlinkSync('one', join(at, 'two'));
    expect(() => makeFolder(join(at, 'one/state'))).toThrow(/symbolic links there lead in a circle/);
  });

  it('with too long a name is refused', () => {
    expect(() => makeFolder(join(temporaryFolder(), 'x'.repeat(300)))).toThrow(/too long/);
  });
});

const isRoot = process.getuid?.() === 0;
describe.skipIf(isRoot)('a folder that the user may not write to (skipped: root may write everywhere)', () => {
  it('is refused with what to do', () => {
    const path = join(temporaryFolder(), 'theirs');
    mkdirSync(path);
    chmodSync(path, 0o500);
    for (const make of [() => makeFolder(join(path, 'state')), () => makeWritableFolder(path)])
      expect(make).toThrow(`nothing can be made in ${path}: this user may not write there; give it the rights`);
  });
});

const hasProc = process.platform === 'linux' && existsSync('/proc/self');
describe.skipIf(!hasProc)('a place that takes no files (skipped: there is no /proc here)', () => {
  it.each(['/proc/elb', '/proc/elb/state', '/proc/self/fdinfo/state'])('is refused at once: %s', (path) => {
    expect(() => makeFolder(path)).toThrow(/nothing can be made in \/proc.*(that file system takes no files|may not)/);
  });

  it('is refused though it is a folder that is there', () => {
    expect(() => makeWritableFolder('/proc')).toThrow(/nothing can be made in \/proc: /);
  });

  it('is refused below a device', () => {
    expect(() => makeFolder('/dev/null/state')).toThrow('/dev/null is there and is no folder');
  });
});
