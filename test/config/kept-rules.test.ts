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

/** As it must come out: with what loading comes to, and a place for filters. */
function packedOf(read: ConfiguredRules): ConfiguredRules {
  const packed = packRules(loadRead(read));
  if (packed === undefined) throw new Error('rules that do not load');
  const filters: unknown = { path: expect.any(String), id: expect.stringMatching(/^[a-z0-9]+$/) };
  return expect.objectContaining({ ...read, packed, filters });
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

  it('has a place for filters, which changes when the rules do', async () => {
    const { filters } = await withPacked(one, folder);
    expect((await withPacked(one, folder)).filters).toEqual(filters);
    expect((await withPacked(other, folder)).filters?.id).not.toBe(filters?.id);
    expect((await withPacked(one, folder)).filters?.id).not.toBe(filters?.id);
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
    const { filters } = await withPacked(one, folder);
    for (const broken of [text.slice(0, -1), `${text} `, text.replace('evt.num', 'evt.nun'), 'x', '']) {
      writeFileSync(path, broken);
      expect(await withPacked(one, folder)).toEqual(packedOf(one));
      const again = readFileSync(path, 'utf8');
      expect(again.slice(again.indexOf('\n'))).toBe(text.slice(text.indexOf('\n')));
    }
    // Filters of what stood there before are not taken for those of these.
    expect((await withPacked(one, folder)).filters?.id).not.toBe(filters?.id);
  });

  it('is nothing of rules with an error in them', async () => {
    const wrong = { files: [{ name: 'a.yaml', content: '- [a' }], options: {} };
    expect(await withPacked(wrong, folder)).toEqual(wrong);
  });

  it('is nothing where nothing can be written, nor when the sources run as they are', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o400);
    const unkept = await withPacked(one, join(file, 'kept'));
    expect(unkept).toEqual({ ...one, packed: packRules(loadRead(one)) });
    expect(await withPacked(one)).toEqual(one);
  });

  it('takes no more than 16 places, whatever the files are called', async () => {
    for (let n = 0; n < 60; n++) {
      await withPacked({ ...one, files: one.files.map(({ content }) => ({ name: `${n}.yaml`, content })) }, folder);
    }
    expect(kept().length).toBeLessThanOrEqual(16);
  });
});
