import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { withParsed } from '../../src/config/kept-rules.ts';
import { parsedRules } from '../../src/detect/rules/load-rules.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const one = { name: 'a.yaml', content: '- list: a\n  items: [b]\n' };
const other = { name: 'a.yaml', content: '- list: a\n  items: [c]\n' };

describe('what is kept of rules files', () => {
  let folder: string;
  const kept = (): readonly string[] => readdirSync(folder).map((name) => join(folder, name));

  beforeEach(() => {
    folder = join(temporaryFolder(), 'kept');
  });

  it('is what parsing them gives, now and the next time', async () => {
    const parsed = parsedRules(one);
    expect(await withParsed(one, '/a.yaml', folder)).toEqual({ ...one, parsed });
    const [path = ''] = kept();
    const writtenMs = statSync(path).mtimeMs;
    expect(await withParsed(one, '/a.yaml', folder)).toEqual({ ...one, parsed });
    expect(statSync(path).mtimeMs).toBe(writtenMs);
  });

  it('is of the content, not of the path: a changed file is parsed, and takes the place of what it was', async () => {
    await withParsed(one, '/a.yaml', folder);
    expect(await withParsed(other, '/a.yaml', folder)).toEqual({ ...other, parsed: parsedRules(other) });
    expect(kept()).toHaveLength(1);
    expect(await withParsed(one, '/a.yaml', folder)).toEqual({ ...one, parsed: parsedRules(one) });
  });

  it('is not used when it is no whole file of ours', async () => {
    await withParsed(one, '/a.yaml', folder);
    const [path = ''] = kept();
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -1));
    expect(await withParsed(one, '/a.yaml', folder)).toEqual({ ...one, parsed: parsedRules(one) });
  });

  it('is nothing of a file that is no YAML', async () => {
    const wrong = { name: 'a.yaml', content: '- [a' };
    expect(await withParsed(wrong, '/a.yaml', folder)).toEqual(wrong);
  });

  it('is nothing where nothing can be written, nor when the sources run as they are', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o400);
    expect(await withParsed(one, '/a.yaml', join(file, 'kept'))).toEqual({ ...one, parsed: parsedRules(one) });
    expect(await withParsed(one, '/a.yaml')).toEqual(one);
  });
});
