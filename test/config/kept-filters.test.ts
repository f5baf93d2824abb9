import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { FilterFiles } from '../../src/config/kept-filters.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const filter = Buffer.from('a filter');

describe('files of filters', () => {
  let folder: string;
  const files = (id: string): FilterFiles => new FilterFiles({ path: join(folder, 'rules'), id });

  beforeEach(() => {
    folder = temporaryFolder();
  });

  it('have what was kept by a name, for the rules that it was kept for', () => {
    const ours = files('abc');
    expect(ours.find('alb')).toBeUndefined();
    ours.keep('alb', filter);
    ours.keep('nlb', Buffer.from('another'));
    expect(files('abc').find('alb')).toEqual(filter);
    expect(files('abd').find('alb')).toBeUndefined();
    expect(files('ab').find('alb')).toBeUndefined();
    expect(files('abca').find('alb')).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(['rules-alb', 'rules-nlb']);
  });

  it('are taken over by other rules', () => {
    files('abc').keep('alb', filter);
    files('abd').keep('alb', Buffer.from('theirs'));
    expect(files('abc').find('alb')).toBeUndefined();
    expect(files('abd').find('alb')).toEqual(Buffer.from('theirs'));
  });

  it('have nothing when they are not whole', () => {
    files('abc').keep('alb', filter);
    const path = join(folder, 'rules-alb');
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[changed.length - 1]! ^= 1;
    for (const broken of [
      whole.subarray(0, -1),
      Buffer.concat([whole, filter]),
      changed,
      whole.subarray(0, 3),
      Buffer.alloc(0),
    ]) {
      writeFileSync(path, broken);
      expect(files('abc').find('alb')).toBeUndefined();
    }
    writeFileSync(path, whole);
    expect(files('abc').find('alb')).toEqual(filter);
  });

  it('are none where nothing can be written', () => {
    const nowhere = new FilterFiles({ path: join(folder, 'no', 'folder'), id: 'abc' });
    nowhere.keep('alb', filter);
    expect(nowhere.find('alb')).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });
});
