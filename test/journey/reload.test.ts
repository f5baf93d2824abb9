import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Child } from '../support/child.ts';
import { failing, serverErrorRule, writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'reload-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const used = 'The config was read again and is in use.';
const notUsed = 'The config was read again and is not used; everything goes on as it was.';

function write(config: string, token = 'first'): void {
  writeFileSync(join(cwd, 'config.yaml'), `listen: { port: 0, tokens: [${token}] }\n${config}`);
}

async function serve(): Promise<{ child: Child; url: string }> {
  const child = new Child(['serve', '--config', 'config.yaml'], { cwd });
  await child.until(({ err }) => err.includes('Ctrl-C stops'));
  return { child, url: /listens on (\S+)/.exec(child.err)?.[1] ?? '' };
}

async function hangUp(child: Child, says: string): Promise<string> {
  const before = child.err.length;
  void child.kill('SIGHUP');
  await child.until(({ err }) => err.slice(before).includes(says));
  return child.err.slice(before);
}

async function post(url: string, n: number, token: string): Promise<number> {
  const alert = { rule: `rule ${n}`, priority: 'Error', output: `alert ${n}`, output_fields: { n } };
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(url, { method: 'POST', body: JSON.stringify(alert), headers })).status;
}

/** The numbers of the alerts in a file that an output wrote. */
function numbersIn(file: string): number[] {
  const path = join(cwd, file);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { output_fields: { n: number } }).output_fields.n);
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2_000 && !holds(); tries++) await systemClock.sleep(10);
  expect(holds()).toBe(true);
}

describe('serve, told with SIGHUP to read its config again', () => {
  it('goes over to other outputs, routes, enrichers and tokens while alerts come, and loses and doubles none', async () => {
    write('outputs: [{ name: moved, kind: file, path: a.jsonl }, { name: kept, kind: file, path: kept.jsonl }]\n');
    const { child, url } = await serve();
    let token = 'first';
    let posted = 0;
    const stop = new AbortController();
    const refused: number[] = [];
    const posting = (async () => {
      while (!stop.signal.aborted) {
        const status = await post(url, posted, token);
        if (status === 200) posted += 1;
        else refused.push(status);
      }
    })();
    await eventually(() => numbersIn('a.jsonl').length > 20);
    const before = posted;
    write(`outputs: [{ name: moved, kind: file, path: b.jsonl }, { name: kept, kind: file, path: kept.jsonl }, { name: new, kind: file, path: new.jsonl }, { name: all, kind: file, path: all.jsonl, delivery: { backlog: true } }]
enrichers: [{ kind: threat, lists: [{ name: bad, path: bad.txt }] }]
route: { outputs: [kept], routes: [{ outputs: [moved, kept, all], continue: true }, { match: ["rule glob *7"], outputs: [new] }] }
`);
    expect(await hangUp(child, used)).toContain(used);
    await eventually(() => numbersIn('b.jsonl').length > 20);
    write(
      'outputs: [{ name: moved, kind: file, path: b.jsonl }, { name: kept, kind: file, path: kept.jsonl }, { name: all, kind: file, path: all.jsonl, delivery: { backlog: true } }]\n',
      'second',
    );
    await hangUp(child, used);
    await eventually(() => refused.length > 0);
    token = 'second';
    const reached = posted;
    await eventually(() => posted > reached + 20);
    stop.abort();
    await posting;
    expect(new Set(refused)).toEqual(new Set([401]));
    expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });

    const all = Array.from({ length: posted }, (_, n) => n);
    expect(numbersIn('kept.jsonl')).toEqual(all);
    // It asked for what was there before it.
    expect(numbersIn('all.jsonl')).toEqual(all);
    expect([...numbersIn('a.jsonl'), ...numbersIn('b.jsonl')]).toEqual(all);
    const fresh = numbersIn('new.jsonl');
    expect(fresh.length).toBeGreaterThan(0);
    expect(fresh.every((n) => String(n).endsWith('7') && n > 0)).toBe(true);
    // What was there before the output was is not its own.
    expect(fresh[0]).toBeGreaterThanOrEqual(before);
  });

  it('says what is wrong with a config that cannot be used, and goes on as it was', async () => {
    const good = 'outputs: [{ kind: file, path: a.jsonl }]\n';
    write(good);
    const { child, url } = await serve();
    expect(await post(url, 0, 'first')).toBe(200);
    const bad: readonly (readonly [string, RegExp])[] = [
      [
        'outputs: [{ kind: fil, path: a.jsonl }]\n',
        /config\.yaml:2:\d+: outputs\[0\]\.kind: there is no kind .*did you mean/,
      ],
      [`${good}route: { outputs: [pager] }\n`, /pager/],
      [
        `${good}state_dir: elsewhere\n`,
        /state_dir, store\.path cannot be changed while the service runs: restart it for that/,
      ],
      [`${good}store: { path: other.db }\n`, /store\.path cannot be changed/],
      ['outputs: [{ kind: s3, bucket: alerts, storage_class: COLD }]\n', /there is no COLD/],
      [': not yaml: [', /not valid YAML/],
    ];
    for (const [config, says] of bad) {
      write(config);
      expect(await hangUp(child, notUsed)).toMatch(says);
    }
    write(good);
    const text = readFileSync(join(cwd, 'config.yaml'), 'utf8');
    writeFileSync(join(cwd, 'config.yaml'), text.replace('port: 0', 'port: 1, host: 0.0.0.0'));
    expect(await hangUp(child, notUsed)).toMatch(/listen\.host, listen\.port cannot be changed/);
    rmSync(join(cwd, 'config.yaml'));
    expect(await hangUp(child, notUsed)).toMatch(/the config cannot be read/);
    expect(await post(url, 1, 'first')).toBe(200);
    await eventually(() => numbersIn('a.jsonl').length === 2);
    expect(child.err).not.toContain(used);
    await child.kill('SIGTERM');
  });
});

describe('run, told with SIGHUP to read its rules again', () => {
  it('judges by them from the next lines on, and keeps the old ones when they do not load', async () => {
    writeSmallConfig(cwd, { 'access.log': `${failing('one')}\n` });
    const config = readFileSync(join(cwd, 'config.yaml'), 'utf8');
    writeFileSync(
      join(cwd, 'config.yaml'),
      config.replace('paths: [logs]', 'paths: [logs], watch: true, poll_interval: 50ms'),
    );
    const child = new Child(['run', '--config', 'config.yaml'], { cwd });
    await child.until(({ out }) => out.includes('status 500 for one'));
    writeFileSync(join(cwd, 'rules.yaml'), serverErrorRule.replace('"status', '"changed status'));
    await hangUp(child, used);
    appendFileSync(join(cwd, 'logs/access.log'), `${failing('two')}\n`);
    await child.until(({ out }) => out.includes('changed status 500 for two'));
    writeFileSync(join(cwd, 'rules.yaml'), serverErrorRule.replace('>= 500', '>= >= 500'));
    expect(await hangUp(child, notUsed)).toMatch(/rules\.yaml:/);
    appendFileSync(join(cwd, 'logs/access.log'), `${failing('three')}\n`);
    await child.until(({ out }) => out.includes('changed status 500 for three'));
    expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('reads other sources, and goes on with the rest as it was', async () => {
    writeSmallConfig(cwd, { 'access.log': `${failing('one')}\n` });
    const config = readFileSync(join(cwd, 'config.yaml'), 'utf8');
    const child = new Child(['run', '--config', 'config.yaml'], { cwd });
    await child.until(({ err }) => err.includes('has been read'));
    mkdirSync(join(cwd, 'more'));
    writeFileSync(join(cwd, 'more/access.log'), `${failing('two')}\n`);
    writeFileSync(join(cwd, 'config.yaml'), config.replace('paths: [logs]', 'paths: [logs, more]'));
    await hangUp(child, used);
    await child.until(({ out }) => out.includes('status 500 for two'));
    expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(child.out.match(/status 500 for/g)).toHaveLength(2);
  });
});
