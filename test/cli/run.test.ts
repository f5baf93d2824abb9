import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliRun, elbSidekick } from '../support/fake-machine.ts';
import { alertsIn, failing, writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'run-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** Runs until what was printed is enough, then stops it as Ctrl-C does. */
async function runUntil(enough: (printed: { out: string; err: string }) => boolean): Promise<CliRun> {
  const stop = new AbortController();
  const run = elbSidekick(['run', '--config', 'config.yaml'], {
    cwd,
    stop: stop.signal,
    wrote: (printed) => {
      if (enough(printed)) stop.abort();
    },
  });
  return run;
}

const readAll = ({ err }: { err: string }): boolean => err.includes('has been read');

describe('run', () => {
  it('prints the alerts of its sources, enriched, and ends cleanly when it is stopped', async () => {
    writeSmallConfig(cwd, {
      'a.log': `${failing('one')}\n`,
      'b.log.gz': gzipSync(`${failing('two')}\n${failing('three')}\n`),
    });
    const { code, out, err } = await runUntil(({ out }) => out.split('\n').length > 3);
    expect(code).toBe(0);
    const alerts = alertsIn(out);
    expect(alerts.map(({ output }) => output.split(' ').at(-1))).toEqual(['one', 'two', 'three']);
    expect(alerts[1]).toMatchObject({
      rule: 'Server error',
      output_fields: { 'awselb.object': 'logs/b.log.gz', 'awselb.line': 1 },
      enrichment: { 'geoip.client_ip.country': 'GB' },
    });
    expect(err).toMatch(/listens on http:\/\/127\.0\.0\.1:\d+ /);
    expect(err).toContain('IP Geolocation by DB-IP');
    // As README starts it: a clone puts no elb-sidekick on the PATH.
    const samples = join(import.meta.dirname, '../../samples');
    expect(err).toContain(`  npx elb-sidekick scan --format jsonl ${samples}  `);
    expect(err).toMatch(/Stopped\. The next start goes on from here\.\n$/);
  });

  it('goes on where it ended: a second start prints only what is new', async () => {
    writeSmallConfig(cwd, { 'a.log': `${failing('one')}\n` });
    const first = await runUntil((printed) => readAll(printed) && printed.out !== '');
    writeFileSync(join(cwd, 'logs/b.log'), failing('two'));
    const second = await runUntil((printed) => readAll(printed) && printed.out !== '');
    const third = await runUntil(readAll);
    const agents = [first, second, third].map(({ out }) => alertsIn(out).map(({ output }) => output.split(' ').at(-1)));
    expect(agents).toEqual([['one'], ['two'], []]);
  });

  it('raises no second alert for the old lines of a file that grew', async () => {
    writeSmallConfig(cwd, { 'a.log': `${failing('one')}\n` });
    await runUntil((printed) => readAll(printed) && printed.out !== '');
    writeFileSync(join(cwd, 'logs/a.log'), `${failing('one')}\n${failing('two')}\n`);
    const { out } = await runUntil((printed) => readAll(printed) && printed.out !== '');
    expect(alertsIn(out).map(({ output }) => output.split(' ').at(-1))).toEqual(['two']);
  });

  it('raises alerts for a file that was replaced by another of its name', async () => {
    writeSmallConfig(cwd, { 'a.log': `${failing('one')}\n` });
    await runUntil((printed) => readAll(printed) && printed.out !== '');
    writeFileSync(join(cwd, 'logs/a.log'), `${failing('another')}\n`);
    const { out } = await runUntil((printed) => readAll(printed) && printed.out !== '');
    expect(alertsIn(out).map(({ output }) => output.split(' ').at(-1))).toEqual(['another']);
  });

  it('follows a file that grows, and a second start goes on behind it', async () => {
    const config = writeSmallConfig(cwd, { 'a.log': `${failing('one')}\n` });
    writeFileSync(config, readFileSync(config, 'utf8').replace('kind: file', 'kind: file, watch: true'));
    const log = join(cwd, 'logs/a.log');
    const first = await runUntil(({ out }) => {
      if (out.includes('one') && !out.includes('two') && !readFileSync(log, 'utf8').includes('two'))
        appendFileSync(log, `${failing('two')}\n`);
      return out.includes('two');
    });
    appendFileSync(log, `${failing('three')}\n`);
    const second = await runUntil(({ out }) => out.includes('three'));
    const lines = [first, second].map(({ out }) => alertsIn(out).map(({ output_fields: fields }) => fields));
    expect(lines).toMatchObject([[{ 'awselb.line': 1 }, { 'awselb.line': 2 }], [{ 'awselb.line': 3 }]]);
  });

  it('exits with 1 and says what is wrong when it cannot start', async () => {
    writeSmallConfig(cwd, {}, 'nonsense: 1');
    const run = await elbSidekick(['run', '--config', 'config.yaml'], { cwd });
    expect(run).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/config\.yaml:9:1: nonsense: unknown key/),
    });
    const missing = await elbSidekick(['run', '--config', 'nowhere.yaml'], { cwd });
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringMatching(/nowhere\.yaml:1:1: the config cannot be read: there is no such file or folder$/m),
    });
    writeSmallConfig(cwd, {}, 'state_dir: rules.yaml');
    expect(await elbSidekick(['run', '--config', 'config.yaml'], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /cannot start: `state_dir` in .*config\.yaml must be a folder .*rules\.yaml is there and is no folder; name another/,
      ),
    });
  });
});
