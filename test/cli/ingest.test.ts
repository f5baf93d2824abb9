import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { startHttpReceiver } from '../support/http-receiver.ts';
import { type CliRun, elbSidekick } from '../support/fake-machine.ts';
import { alertsIn, failing, writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'ingest-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function storedIds(folder: string): Promise<string[]> {
  const store = openSqliteStore({ path: join(folder, 'state/alerts.db'), clock: systemClock });
  const ids = store.recent(1000).map(({ alert }) => alert.id);
  await store.close();
  return ids;
}

describe('ingest', () => {
  it('puts alerts straight into the store, and reads nothing twice', async () => {
    writeSmallConfig(cwd, { 'a.log': `${failing('one')}\n${failing('two')}\n` });
    expect(await elbSidekick(['ingest', '--store', '-c', 'config.yaml'], { cwd })).toMatchObject({ code: 0, out: '' });
    expect(await storedIds(cwd)).toHaveLength(2);
    await elbSidekick(['ingest', '--store', '-c', 'config.yaml'], { cwd });
    expect(await storedIds(cwd)).toHaveLength(2);
  });

  it('sends alerts to a running service, which recognises a second delivery', async () => {
    const sender = mkdtempSync(join(cwd, 'sender-'));
    writeSmallConfig(sender, { 'a.log': `${failing('one')}\n${failing('two')}\n` });
    writeSmallConfig(cwd, {});
    const stop = new AbortController();
    let sent: Promise<CliRun> | undefined;
    const send = async (url: string): Promise<CliRun> => {
      const first = await elbSidekick(['ingest', '--to', url, '-c', 'config.yaml'], { cwd: sender });
      rmSync(join(sender, 'state'), { recursive: true });
      const second = await elbSidekick(['ingest', '--to', url, '-c', 'config.yaml'], { cwd: sender });
      stop.abort();
      return first.code === 0 ? second : first;
    };
    const { out } = await elbSidekick(['serve', '-c', 'config.yaml'], {
      cwd,
      stop: stop.signal,
      wrote: ({ err }) => {
        const url = /listens on (\S+)/.exec(err)?.[1];
        if (url !== undefined) sent ??= send(url);
      },
    });
    expect((await sent)?.code).toBe(0);
    expect(alertsIn(out).map(({ output }) => output.split(' ').at(-1))).toEqual(['one', 'two']);
    expect(await storedIds(cwd)).toHaveLength(2);
  });

  it('exits with 1 when an object was given up or not read, and says so', async () => {
    writeSmallConfig(cwd, { 'a.log': failing('one'), 'b.zip': 'PK\u0003\u0004 something' });
    const givenUp = await elbSidekick(['ingest', '--store', '-c', 'config.yaml'], { cwd });
    expect(givenUp).toMatchObject({ code: 1, err: expect.stringContaining('1 log object given up for good.') });
    expect(await storedIds(cwd)).toHaveLength(1);
    // Settled: the next run has nothing to complain of.
    expect((await elbSidekick(['ingest', '--store', '-c', 'config.yaml'], { cwd })).code).toBe(0);
    const missing = await elbSidekick(['ingest', '--store', '-c', 'config.yaml', 'nowhere.log'], { cwd });
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('1 log object not read yet') });
  });

  it('feeds a Falco where the config says so, with its token, loads no rules and opens no store', async () => {
    const plugin = await startHttpReceiver();
    const feed = `engine: { kind: falco, feed: { address: "${plugin.endpoint}", token: s3cret } }`;
    const config = writeSmallConfig(cwd, { 'a.log': `${failing('one')}\n${failing('two')}\n` }, feed);
    rmSync(join(cwd, 'rules.yaml'));
    expect(await elbSidekick(['ingest', '-c', config], { cwd })).toMatchObject({ code: 0, out: '' });
    const batches = plugin.received.filter(({ method }) => method === 'POST');
    await plugin.stop();
    expect(batches.map(({ path, headers }) => [path, headers.authorization])).toEqual([['/events', 'Bearer s3cret']]);
    expect(batches[0]?.body).toContain('two');
    expect(existsSync(join(cwd, 'state/alerts.db'))).toBe(false);
    const elsewhere = await elbSidekick(['ingest', '-c', config, '--store'], { cwd });
    expect(elsewhere).toMatchObject({ code: 2, err: expect.stringContaining('alerts come from that Falco') });
  });

  it('says that there is nothing to read, and that no rule looks at what is read', async () => {
    writeFileSync(join(cwd, 'empty.yaml'), 'state_dir: state\n');
    writeFileSync(join(cwd, 'a.log'), failing('one'));
    expect(await elbSidekick(['ingest', '--store', '-c', 'empty.yaml'], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^there is nothing to read: name files or folders, or `sources` in .*empty\.yaml$/m),
    });
    expect(await elbSidekick(['ingest', '--store', '-c', 'empty.yaml', 'a.log'], { cwd })).toMatchObject({
      code: 0,
      err: expect.stringMatching(
        /^warning: logs are read and no rule looks at them; name rules files under `rules_files`$/m,
      ),
    });
  });

  it('exits with 2 when the call contradicts itself', async () => {
    writeSmallConfig(cwd, {});
    const both = await elbSidekick(['ingest', '--store', '--to', 'http://127.0.0.1:1', '-c', 'config.yaml'], { cwd });
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('either --to or --store') });
    const noUrl = await elbSidekick(['ingest', '--to', 'somewhere', '-c', 'config.yaml'], { cwd });
    expect(noUrl).toMatchObject({ code: 2, err: expect.stringContaining('--to wants a URL') });
  });
});
