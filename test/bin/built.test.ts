import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { builtFrom, isBuilt, listOf } from '../../bin/built.cjs';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('what was built', () => {
  let root: string;

  beforeEach(() => {
    root = temporaryFolder();
    mkdirSync(join(root, 'src'));
    mkdirSync(join(root, 'dist'));
    writeFileSync(join(root, 'src/main.ts'), 'a');
    writeFileSync(join(root, 'src/other one.ts'), 'b');
    writeFileSync(join(root, 'dist', builtFrom), listOf(root, ['src/main.ts', 'src/other one.ts']));
  });

  it('is up to date until one of its sources changes', () => {
    expect(isBuilt(root)).toBe(true);
    writeFileSync(join(root, 'src/other one.ts'), 'bb');
    expect(isBuilt(root)).toBe(false);
  });

  it('is out of date when a source of the same size has another time', () => {
    utimesSync(join(root, 'src/main.ts'), 1, 1);
    expect(isBuilt(root)).toBe(false);
  });

  it('is out of date when a source is gone', () => {
    rmSync(join(root, 'src/main.ts'));
    expect(isBuilt(root)).toBe(false);
  });

  it('is all that there is in an installed package', () => {
    rmSync(join(root, 'src'), { recursive: true });
    expect(isBuilt(root)).toBe(true);
  });

  it('is not there before it was built', () => {
    rmSync(join(root, 'dist'), { recursive: true });
    expect(isBuilt(root)).toBe(false);
  });
});
