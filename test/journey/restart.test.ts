import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { Child } from '../support/child.ts';
import { alertsIn, failing, writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'restart-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const start = (): Child => new Child(['run', '--config', 'config.yaml'], { cwd });
const agentOf = (output: unknown): string => String(output).split(' ').at(-1) ?? '';

/** Files of lines that all raise an alert, each with an agent of its own. */
function logs(files: number, lines: number): { content: Record<string, Buffer>; agents: string[] } {
  const content: Record<string, Buffer> = {};
  const agents: string[] = [];
  for (let file = 0; file < files; file++) {
    const own = Array.from({ length: lines }, (_, line) => `agent-${file}-${line}`);
    agents.push(...own);
    content[`${String(file).padStart(3, '0')}.log.gz`] = gzipSync(own.map((agent) => `${failing(agent)}\n`).join(''));
  }
  return { content, agents };
}

async function storedAgents(): Promise<string[]> {
  const store = openSqliteStore({ path: join(cwd, 'state/alerts.db'), clock: systemClock });
  const agents = store.recent(1_000_000).map(({ alert }) => agentOf(alert.output));
  await store.close();
  return agents.sort();
}

describe('run, killed and started again', () => {
  it('has every alert exactly once in the store after kill -9 at three moments, and delivered each at least once', async () => {
    const { content, agents } = logs(12, 400);
    writeSmallConfig(cwd, content);
    const printed = new Set<string>();
    const note = (child: Child): void => {
      const whole = child.out.slice(0, child.out.lastIndexOf('\n') + 1);
      for (const { output } of alertsIn(whole)) printed.add(agentOf(output));
    };
    for (const enough of [1, 700, 1500]) {
      const child = start();
      await child.until(({ out }) => out.split('\n').length > enough);
      expect(await child.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
      note(child);
    }
    const last = start();
    await last.until(({ err }) => err.includes('has been read'));
    expect(await last.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    note(last);
    expect(await storedAgents()).toEqual([...agents].sort());
    expect([...printed].sort()).toEqual([...agents].sort());
  });

  it('ends cleanly on SIGTERM in the middle, and two starts together print every alert exactly once', async () => {
    const { content, agents } = logs(10, 300);
    writeSmallConfig(cwd, content);
    const first = start();
    await first.until(({ out }) => out.includes('\n'));
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const second = start();
    await second.until(({ err }) => err.includes('has been read'));
    expect(await second.kill('SIGINT')).toEqual({ code: 0, signal: null });
    const printed = [...alertsIn(first.out), ...alertsIn(second.out)].map(({ output }) => agentOf(output));
    expect(printed.sort()).toEqual([...agents].sort());
    const third = start();
    await third.until(({ err }) => err.includes('has been read'));
    await third.kill('SIGTERM');
    expect(third.out).toBe('');
  });
});
