import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { loadTextConfig } from '../../src/config/kept-config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const written = `
rules_files: [a.yaml]
priority: \${LEAST:-debug}
rules: [{ disable: { rule: "a*" } }]
append_output: [{ match: { source: awselb }, extra_fields: [awselb.line, { place: "%awselb.name" }] }]
geoip: { databases: [a.mmdb] }
enrichers: [{ kind: geoip }]
listen: { tokens: [hunter2] }
`;
const anHourLater = { ...systemClock, now: () => systemClock.now() + 3_600_000 };

describe('what is kept of a config', () => {
  let cwd: string;
  let folder: string;
  const write = (text: string): void => writeFileSync(join(cwd, 'c.yaml'), text);
  const load = (env: Record<string, string> = {}, clock = anHourLater) =>
    loadTextConfig('c.yaml', { cwd, env, clock }, folder);
  /** Each time that something is kept, it is another file. */
  const kept = (): readonly number[] =>
    existsSync(folder) ? readdirSync(folder).map((name) => statSync(join(folder, name)).ino) : [];
  const keptText = (): string => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))[0] ?? '';

  beforeEach(() => {
    cwd = temporaryFolder();
    folder = join(cwd, 'kept');
    write(written);
  });

  it('is what the config says of rules and places, now and the next time', async () => {
    const { rules, geoip } = await loadConfig('c.yaml', cwd, {});
    const said = { rules, geoip, places: true };
    expect(await loadTextConfig('c.yaml', { cwd, env: {}, clock: anHourLater })).toEqual(said);
    expect(await load()).toEqual(said);
    const before = kept();
    expect(before).toHaveLength(1);
    expect(await load()).toEqual(said);
    expect(kept()).toEqual(before);
  });

  it('holds nothing of the rest of the config, where secrets may stand', async () => {
    await load();
    expect(keptText()).toContain('a.mmdb');
    expect(keptText()).not.toContain('hunter2');
  });

  it('is not used once the file has changed, even where size and time of change were put back', async () => {
    await load();
    const { mtime } = statSync(join(cwd, 'c.yaml'));
    write(written.replace('a.yaml', 'b.yaml'));
    utimesSync(join(cwd, 'c.yaml'), mtime, mtime);
    expect((await load()).rules.files).toEqual([join(cwd, 'b.yaml')]);
  });

  it('is nothing where the file changed so shortly before that the next change could look the same', async () => {
    await load({}, systemClock);
    expect(kept()).toEqual([]);
  });

  it('is not used where a variable is set that the config names, and nothing is kept then', async () => {
    expect((await load({ LEAST: 'error' })).rules.priority).toBe('Error');
    expect(kept()).toEqual([]);
    expect((await load({ OTHER: 'error' })).rules.priority).toBe('Debug');
    const before = kept();
    expect((await load({ LEAST: 'error' })).rules.priority).toBe('Error');
    expect((await load({ LEAST: '' })).rules.priority).toBe('Debug');
    expect(kept()).toEqual(before);
  });

  it("knows which variables stand for keys of falcosidekick's", async () => {
    write('slack: { webhookurl: "https://hooks.slack.com/services/a" }\n');
    await load();
    expect(kept()).toHaveLength(1);
    await expect(load({ SLACK_MINIMUMPRIORITY: 'soon' })).rejects.toThrow(/soon|priority/);
  });

  it('is nothing of a config that a file was put into', async () => {
    writeFileSync(join(cwd, 'least'), 'error\n');
    write('priority: ${file:least}\n');
    expect((await load()).rules.priority).toBe('Error');
    expect(kept()).toEqual([]);
  });

  it('is nothing of a config that is wrong somewhere: it is told each time', async () => {
    await load();
    write(`${written}store: { sync: never }\n`);
    for (const _ of ['first', 'again']) await expect(load()).rejects.toThrow('c.yaml:9:16: store.sync: ');
    await expect(loadTextConfig('d.yaml', { cwd, env: {}, clock: anHourLater }, folder)).rejects.toThrow(
      'd.yaml:1:1: the config cannot be read: there is no such file or folder',
    );
  });

  it('is not used when it is no whole file of ours, and missed by nobody where nothing can be written', async () => {
    const said = await load();
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), keptText().slice(0, -1));
    expect(await load()).toEqual(said);
    const file = join(cwd, 'c.yaml');
    expect(await loadTextConfig(file, { cwd, env: {}, clock: anHourLater }, join(file, 'kept'))).toEqual(said);
  });
});
