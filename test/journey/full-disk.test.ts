import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Child } from '../support/child.ts';
import { alertsIn } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'full-disk-'));
  writeFileSync(join(cwd, 'config.yaml'), 'listen: { port: 0 }\noutputs: [{ kind: stdout, format: jsonl }]\n');
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function serve(maxFileBytes?: number): Promise<{ child: Child; url: string }> {
  const limit = maxFileBytes === undefined ? {} : { maxFileBytes };
  const child = new Child(['serve', '--config', 'config.yaml'], { cwd, ...limit });
  await child.until(({ err }) => err.includes('Ctrl-C stops'));
  return { child, url: /listens on (\S+)/.exec(child.err)?.[1] ?? '' };
}

/** The answer to one alert of about 4 KB, its number in its rule; 0 where there is none. */
async function post(url: string, n: number, batch: boolean): Promise<number> {
  const alert = { rule: `rule ${n}`, priority: 'Error', output: 'x'.repeat(4_000), output_fields: { n } };
  const body = JSON.stringify(batch ? [alert] : alert);
  return fetch(url, { method: 'POST', body }).then(
    ({ status }) => status,
    () => 0,
  );
}

describe('a disk that takes no more', () => {
  it.each([
    ['single alerts', false],
    ['batches', true],
  ])(
    'has %s refused with 503, loudly; what was answered with 200 is there after the next start',
    async (_what, batch) => {
      const { child, url } = await serve(6 * 1_048_576);
      const taken: number[] = [];
      const refused: number[] = [];
      for (let n = 0; n < 3_000 && refused.length < 20; n++) {
        const status = await post(url, n, batch);
        if (status === 200) taken.push(n);
        else refused.push(status);
      }
      expect(refused.length).toBe(20);
      expect(new Set(refused)).toEqual(new Set([503]));
      expect(taken.length).toBeGreaterThan(100);
      const ready = await fetch(`${url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.text()).toMatch(
        /"component":"store","ready":false,"problems":\["the last alerts could not be stored: /,
      );
      expect(child.err).toMatch(/Alerts could not be stored; their sender was told so\./);
      expect(child.err).toMatch(/cannot write to the alert store .*alerts\.db/);
      await child.kill('SIGKILL');
      const next = await serve();
      expect(await post(next.url, 9_999, batch)).toBe(200);
      await next.child.until(({ out }) => out.includes('rule 9999'));
      await next.child.kill('SIGTERM');
      const whole = child.out.slice(0, child.out.lastIndexOf('\n') + 1);
      const delivered = [...alertsIn(whole), ...alertsIn(next.child.out)].map(({ rule }) => Number(rule.slice(5)));
      const missing = taken.filter((n) => !delivered.includes(n));
      expect(missing).toEqual([]);
    },
    120_000,
  );
});

/** A start that fails; what it said. */
async function failingStart(): Promise<string> {
  const child = new Child(['serve', '--config', 'config.yaml'], { cwd });
  expect(await child.ended).toEqual({ code: 1, signal: null });
  return child.err;
}

describe('a store that cannot be used', () => {
  it('is left as it is when it is damaged, and says what to do', async () => {
    const { child, url } = await serve();
    for (let n = 0; n < 50; n++) expect(await post(url, n, false)).toBe(200);
    await child.kill('SIGTERM');
    const path = join(cwd, 'state/alerts.db');
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 0, 100);
    writeFileSync(path, bytes);
    expect(await failingStart()).toMatch(
      /elb-sidekick cannot start: cannot open the alert store .*alerts\.db: it is not an alert store \(not an SQLite database\); nothing was changed/,
    );
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('is named when its folder cannot be made', async () => {
    mkdirSync(join(cwd, 'state'));
    writeFileSync(join(cwd, 'state/inner'), 'a file');
    const config = readFileSync(join(cwd, 'config.yaml'), 'utf8');
    writeFileSync(join(cwd, 'config.yaml'), `${config}store: { path: state/inner/alerts.db }\n`);
    expect(await failingStart()).toMatch(
      /elb-sidekick cannot start: cannot open the alert store .*state\/inner\/alerts\.db/,
    );
  });
});
