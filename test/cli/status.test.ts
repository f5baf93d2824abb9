import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ledger } from '../../src/detect/ledger.ts';
import { elbSidekick } from '../support/fake-machine.ts';
import { failing, writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'status-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const status = async (...more: string[]): Promise<string> => {
  const { code, out, err } = await elbSidekick(['status', '-c', 'config.yaml', ...more], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
};
const ingest = (): Promise<unknown> => elbSidekick(['ingest', '--store', '-c', 'config.yaml'], { cwd });

describe('status', () => {
  it('tells of sources that have read nothing yet, and makes no state folder', async () => {
    writeSmallConfig(cwd, {});
    expect(await status()).toBe('logs\n  nothing settled yet\n');
    expect(existsSync(join(cwd, 'state'))).toBe(false);
  });

  it('tells what was read, what was given up and why, and shows bad lines with their control characters escaped', async () => {
    writeSmallConfig(cwd, {
      'a.log': `${failing('one')}\nno \u001b[31mlog line\n${failing('two')}\n`,
      'b.zip': 'PK\u0003\u0004 something',
    });
    await ingest();
    const text = await status();
    expect(text).toMatch(/^logs\n {2}settled {3}1 read, 1 given up; 3 lines, 1 bad\n {2}last {6}logs\/b\.zip at 20/);
    expect(text).toMatch(/Given up:\n {2}\S+ {2}logs {2}logs\/b\.zip: not an ELB log: it is a ZIP archive/);
    expect(text).toMatch(/Bad lines:\n {2}logs {2}logs\/a\.log:2: unrecognised: .*\n {4}"no \\x1b\[31mlog line"\n/);
  });

  it('is also called "ingest status"', async () => {
    writeSmallConfig(cwd, { 'a.log': failing('one') });
    await ingest();
    const { code, out } = await elbSidekick(['ingest', 'status', '-c', 'config.yaml'], { cwd });
    expect({ code, out }).toEqual({ code: 0, out: await status() });
  });

  it('tells of an object that failed until it is settled', async () => {
    writeSmallConfig(cwd, { 'a.log': failing('one') });
    const config = ['ingest', '--store', '-c', 'config.yaml', join(cwd, 'late.log')];
    await elbSidekick(config, { cwd });
    await elbSidekick(config, { cwd });
    expect(await status()).toMatch(/Not read yet, will come again:\n.*late\.log: .*ENOENT.*\(failed 2×\)\n/);
    writeFileSync(join(cwd, 'late.log'), failing('late'));
    await elbSidekick(config, { cwd });
    expect(await status()).not.toContain('Not read yet');
  });

  it('tells what is being read, with what lag, and how far a backfill is', async () => {
    writeSmallConfig(cwd, { 'a.log': failing('one') });
    await ingest();
    expect(await status()).toMatch(/^ {2}reading {3}0 in flight, the last stored \d+ \w+ after it appeared, as of 20/m);
    const ledger = new Ledger(join(cwd, 'state/progress.db'));
    ledger.flows('logs', 2, 90_000, 0);
    ledger.backfills('logs', 12, 30, 0);
    ledger.close();
    const text = await status();
    expect(text).toContain('  reading   2 in flight, the last stored 90 s after it appeared, as of 1970-01-01');
    expect(text).toContain('  backfill  12 of 30 days listed\n');
    const [row = ''] = (await status('--format', 'jsonl')).split('\n');
    expect(JSON.parse(row)).toMatchObject({ in_flight: 2, lag_ms: 90_000, backfill_days: 12, backfill_of_days: 30 });
  });

  it('prints JSON lines, each telling what it is, and keeps to the limit', async () => {
    writeSmallConfig(cwd, { 'a.log': `${failing('one')}\nbad\nworse\n`, 'b.zip': 'PK\u0003\u0004' });
    await ingest();
    const rows = (await status('--format', 'jsonl', '--limit', '1')).trim().split('\n');
    expect(rows.map((row): unknown => JSON.parse(row))).toMatchObject([
      { is: 'source', source: 'logs', done: 1, given_up: 1, lines: 3, bad_lines: 2, last_object: 'logs/b.zip' },
      { is: 'given up', source: 'logs', name: 'logs/b.zip' },
      { is: 'bad line', source: 'logs', object: 'logs/a.log', line: 3, start: 'worse' },
    ]);
  });

  it('exits with 2 for a limit that is no number', async () => {
    writeSmallConfig(cwd, {});
    expect(await elbSidekick(['status', '-c', 'config.yaml', '--limit', '0'], { cwd })).toMatchObject({ code: 2 });
  });
});
