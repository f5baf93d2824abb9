import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { Child } from '../support/child.ts';
import { failing } from '../support/small-config.ts';

const root = join(import.meta.dirname, '../..');

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'first-start-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

/** What `npm start` runs, its state and port aside. */
const npmStart = (): Child =>
  new Child([], { cwd: root, env: { ELB_SIDEKICK_STATE_DIR: state, ELB_SIDEKICK_PORT: '0' } });

const modeOf = (name: string): number => statSync(join(state, name)).mode & 0o777;

const urlOf = (child: Child): string => /listens on (\S+)/.exec(child.err)?.[1] ?? '';

describe('the first command of a newcomer', () => {
  it('shows real alerts from the sample logs, located, and leaves the service listening', async () => {
    const child = npmStart();
    await child.until(({ err, out }) => err.includes('has been read') && out.split('\n').length > 50);
    for (const path of ['/ping', '/healthz', '/readyz', '/metrics'])
      expect((await fetch(urlOf(child) + path)).status).toBe(200);
    const holdAlerts = readdirSync(state).filter((name) => /^(alerts|triage|line-parts)\.db(?!.*-lock)/.test(name));
    expect(holdAlerts).toEqual(expect.arrayContaining(['alerts.db', 'alerts.db-wal', 'triage.db', 'line-parts.db']));
    expect(holdAlerts.filter((name) => modeOf(name) !== 0o600)).toEqual([]);
    const metrics = await (await fetch(`${urlOf(child)}/metrics`)).text();
    expect(metrics).toMatch(/^elb_sidekick_lines_total\{source="samples"\} [1-9]\d*$/m);
    expect(await child.kill('SIGINT')).toEqual({ code: 0, signal: null });
    expect(child.out).toMatch(/^2026-09-15T18:\d\d:\S+: (Critical|Error) .* \[[A-Z]{2}.*\]$/m);
    expect(child.err).toContain('IP Geolocation by DB-IP');
    expect(child.err).not.toMatch(/"level":"(warning|error)"/);
  });

  const captured = join(root, '../shared/corpus/falco-http/json.txt');
  it.runIf(existsSync(captured))(
    'stores and prints a request captured from a real Falco (skipped: ../shared is not here)',
    async () => {
      const [, body = ''] = /\r?\n\r?\n(\{.*\})\r?\n/.exec(readFileSync(captured, 'utf8')) ?? [];
      const child = npmStart();
      await child.until(({ err }) => urlOf({ err } as Child) !== '');
      const answer = await fetch(urlOf(child), {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'user-agent': 'falcosecurity/falco' },
      });
      expect([answer.status, await answer.text()]).toEqual([200, '']);
      await child.until(({ out }) => out.includes('Dummy value seen') || out.includes('Warning dummy value seen'));
      expect(await child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      const store = openSqliteStore({ path: join(state, 'alerts.db'), clock: systemClock });
      const stored = store.recent(1000).find(({ alert }) => alert.source === 'dummy_c');
      await store.close();
      expect(stored?.alert.received).toBe(body);
      expect(stored?.alert.fields['evt.time']).toBe(1795216177029160000n);
      expect(stored?.alert.fields['dummy.value']).toBe(8);
    },
  );
});

describe('a scan as a process', () => {
  it('gives up on a file without end, and on Ctrl-C ends with its summary', async () => {
    const endless = new Child(['scan', '/dev/zero'], { cwd: state });
    expect(await endless.ended).toEqual({ code: 1, signal: null });
    expect(endless.err).toMatch(/^\/dev\/zero: not an ELB log: it is binary/);

    // A pipe that nobody writes to: the scan waits for it when the signal comes.
    const pipe = join(state, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = openSync(pipe, 'r+');
    writeSync(writer, `${failing('x')}\n`);
    const waiting = new Child(['scan', pipe], { cwd: state });
    await waiting.until(({ out }) => out.includes('\n'));
    expect(await waiting.kill('SIGINT')).toEqual({ code: 1, signal: null });
    closeSync(writer);
    expect(waiting.err).toMatch(/^Stopped\. 1 object, 1 line /);
  });

  it('ends quietly when the reader of its output leaves', async () => {
    const child = new Child(['scan', '--format', 'jsonl', ...Array.from({ length: 20 }, () => 'samples')], {
      cwd: root,
    });
    await child.until(({ out }) => out !== '');
    child.closeOut();
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.err).toBe('');
  });
});
