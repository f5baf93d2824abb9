import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { Child } from '../support/child.ts';
import { failing, writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'followed-files-'));
  const config = writeSmallConfig(cwd, {});
  const sources = '{ name: logs, kind: file, paths: [logs], watch: true, poll_interval: 1s }';
  const text = `listen: { port: 0 }\nsources: [${sources}]\nrules_files: [rules.yaml]\noutputs: [{ kind: stdout, format: jsonl }]\nappend_output: [{ extra_fields: [awselb.object, awselb.line] }]\n`;
  writeFileSync(config, text);
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const path = (name: string): string => join(cwd, 'logs', name);
const start = (): Child => new Child(['run', '--config', 'config.yaml'], { cwd });

async function storedAlerts(): Promise<{ at: unknown; id: string; agent: string }[]> {
  const store = openSqliteStore({ path: join(cwd, 'state/alerts.db'), clock: systemClock });
  const alerts = store.recent(1_000_000).map(({ alert: { id, output, fields } }) => ({
    at: [fields['awselb.object'], fields['awselb.line']],
    id,
    agent: output.split(' ').at(-1) ?? '',
  }));
  await store.close();
  return alerts;
}

describe('files that are followed', () => {
  it('raise each line’s alert exactly once, through rotations of every kind, under kill -9 again and again', {
    timeout: 180_000,
  }, async () => {
    const written: string[] = [];
    const write = (name: string, lines: number): void => {
      const agents = Array.from({ length: lines }, (_, line) => `agent-${written.length + line}`);
      written.push(...agents);
      appendFileSync(path(name), agents.map((agent) => `${failing(agent)}\n`).join(''));
    };
    /** What happens to the files before the process dies, and while it is down. */
    const turns: readonly (readonly [alive: () => void, dead: () => void])[] = [
      // Rotated by rename, with lines that nobody read yet.
      [() => write('app.log', 300), () => renameSync(path('app.log'), path('app.log.1'))],
      // Written on under the old name for a moment, as servers do until they are told; the new file grows already.
      [() => [write('app.log', 200), write('app.log.1', 50)], () => write('app.log', 100)],
      // Copied and truncated.
      [
        () => write('copied.log', 200),
        () => {
          write('copied.log', 20);
          copyFileSync(path('copied.log'), path('copied.log.1'));
          truncateSync(path('copied.log'), 0);
          write('copied.log', 30);
        },
      ],
      // Rotated on, and the oldest compressed.
      [
        () => write('app.log', 100),
        () => {
          write('app.log', 10);
          renameSync(path('app.log.1'), path('app.log.2'));
          renameSync(path('app.log'), path('app.log.1'));
          write('app.log', 60);
        },
      ],
      // Half a line at the moment of death, the rest of it afterwards.
      [
        () => {
          const line = failing('agent-half');
          appendFileSync(path('app.log'), line.slice(0, 100));
        },
        () => {
          const line = failing('agent-half');
          appendFileSync(path('app.log'), `${line.slice(100)}\n`);
          written.push('agent-half');
          write('app.log', 40);
        },
      ],
      [() => write('other.log', 500), () => writeFileSync(path('whole.log.gz'), gzipSync(zipped(written)))],
    ];
    let killed = 0;
    for (const [alive, dead] of turns) {
      const child = start();
      const before = killed === 0 ? 0 : (await printed(child)).length;
      alive();
      await child.until(({ out }) => out.split('\n').length > before + 1);
      expect(await child.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
      killed++;
      dead();
    }
    const last = start();
    await expect
      .poll(async () => new Set((await storedAlerts()).map(({ agent }) => agent)).size, {
        timeout: 120_000,
        interval: 300,
      })
      .toBe(new Set(written).size);
    expect(await last.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const alerts = await storedAlerts();
    const by = Map.groupBy(alerts, ({ agent }) => agent);
    const twice: string[] = [];
    for (const [agent, of] of by) if (of.length > 1) twice.push(`${agent}: ${JSON.stringify(of.map(({ at }) => at))}`);
    expect(twice.slice(0, 10)).toEqual([]);
    expect(alerts.map(({ agent }) => agent).sort()).toEqual([...written].sort());
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(written.length);
  });
});

/** Lines of a compressed file that was put there whole. */
function zipped(written: string[]): string {
  const agents = Array.from({ length: 80 }, (_, line) => `agent-zipped-${line}`);
  written.push(...agents);
  return agents.map((agent) => `${failing(agent)}\n`).join('');
}

/** What a process prints once it runs: it delivers first what an earlier one stored. */
async function printed(child: Child): Promise<string[]> {
  await child.until(({ err }) => err.includes('listens on'));
  return child.out.split('\n');
}
