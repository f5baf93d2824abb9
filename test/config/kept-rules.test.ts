import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ConfiguredRules, loadRead } from '../../src/config/configured-rules.ts';
import { withPacked } from '../../src/config/kept-rules.ts';
import { packRules } from '../../src/detect/rules/packed-rules.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function rules(status: number, options: ConfiguredRules['options'] = {}): ConfiguredRules {
  const rule = { rule: 'R', desc: 'x', condition: `awselb.elb_status_code = ${status}`, output: '%evt.num' };
  const content = JSON.stringify([{ ...rule, priority: 'INFO', source: 'awselb' }]);
  return { files: [{ name: 'a.yaml', content }], options };
}

function twoFiles(...contents: readonly [string, string]): ConfiguredRules {
  return { files: contents.map((content, n) => ({ name: `${n}.yaml`, content })), options: {} };
}

const one = rules(500);
const other = rules(501);

/** As it must come out: with what loading comes to. */
function packedOf(read: ConfiguredRules): ConfiguredRules {
  const packed = packRules(loadRead(read));
  if (packed === undefined) throw new Error('rules that do not load');
  return { ...read, packed };
}

describe('what is kept of rules', () => {
  let folder: string;
  const kept = (): readonly string[] => readdirSync(folder).map((name) => join(folder, name));

  beforeEach(() => {
    folder = join(temporaryFolder(), 'kept');
  });

  it('is what loading them comes to, now and the next time', async () => {
    expect(await withPacked(one, folder)).toEqual(packedOf(one));
    const [path = ''] = kept();
    const writtenMs = statSync(path).mtimeMs;
    expect(await withPacked(one, folder)).toEqual(packedOf(one));
    expect(statSync(path).mtimeMs).toBe(writtenMs);
  });

  it('is of the content, not of the names: changed files are loaded, and take the place of what they were', async () => {
    await withPacked(one, folder);
    expect(await withPacked(other, folder)).toEqual(packedOf(other));
    expect(kept()).toHaveLength(1);
    expect(await withPacked(one, folder)).toEqual(packedOf(one));
  });

  it('is of where one file ends and the next begins', async () => {
    const [{ content } = { content: '' }] = one.files;
    await withPacked(twoFiles(content, ' '), folder);
    expect(await withPacked(twoFiles(`${content} `, ''), folder)).toEqual(packedOf(twoFiles(`${content} `, '')));
    expect(kept()).toHaveLength(1);
  });

  it.each<[string, ConfiguredRules['options']]>([
    ['append_output', { appendOutput: [{ extraOutput: 'and %evt.time' }] }],
    ['the priority', { priority: 'Error' }],
    ['the selection', { selection: [{ action: 'disable', rule: 'R' }] }],
    ['rule_matching', { ruleMatching: 'all' }],
  ])('is of the settings: %s', async (_what, options) => {
    await withPacked(one, folder);
    const changed = rules(500, options);
    expect(await withPacked(changed, folder)).toEqual(packedOf(changed));
    expect(await withPacked(one, folder)).toEqual(packedOf(one));
  });

  it('is the same on every machine', async () => {
    await withPacked(rules(500, { hostname: 'a' }), folder);
    const [path = ''] = kept();
    const text = readFileSync(path, 'utf8');
    await withPacked(rules(500, { hostname: 'b' }), folder);
    expect(kept()).toEqual([path]);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('is not used when it is no whole file of ours', async () => {
    await withPacked(one, folder);
    const [path = ''] = kept();
    const text = readFileSync(path, 'utf8');
    for (const broken of [text.slice(0, -1), `${text} `, text.replace('evt.num', 'evt.nun'), 'x', '']) {
      writeFileSync(path, broken);
      expect(await withPacked(one, folder)).toEqual(packedOf(one));
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });

  it('is nothing of rules with an error in them', async () => {
    const wrong = { files: [{ name: 'a.yaml', content: '- [a' }], options: {} };
    expect(await withPacked(wrong, folder)).toEqual(wrong);
  });

  it('is nothing where nothing can be written, nor when the sources run as they are', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o400);
    expect(await withPacked(one, join(file, 'kept'))).toEqual(packedOf(one));
    expect(await withPacked(one)).toEqual(one);
  });

  it('takes no more than 64 places, whatever the files are called', async () => {
    for (let n = 0; n < 200; n++) {
      await withPacked({ ...one, files: one.files.map(({ content }) => ({ name: `${n}.yaml`, content })) }, folder);
    }
    expect(kept().length).toBeLessThanOrEqual(64);
  });
});
