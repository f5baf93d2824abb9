import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { alertDetail, alertPage } from '../../src/triage/answers.ts';
import { Child } from '../support/child.ts';
import { failing, writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'triage-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function start(): Promise<{ child: Child; url: string }> {
  const child = new Child(['run', '--config', 'config.yaml'], { cwd });
  await child.until(({ err }) => err.includes('has been read'));
  return { child, url: /listens on (\S+)/.exec(child.err)?.[1] ?? '' };
}

const get = async (url: string): Promise<unknown> => (await fetch(url)).json();

const list = async (url: string) => alertPage.parse(await get(`${url}/api/alerts?rule=Server+error&q=one`));

/** Asks until it is so: the projection and its notes are some tenths of a second behind. */
async function eventually<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
  }
}

it('shows what the rules found, where it went, and keeps a decision over kill -9', { timeout: 60_000 }, async () => {
  writeSmallConfig(cwd, { 'a.log': `${failing('one')}\n${failing('two')}\n` });
  const first = await start();
  const { alerts } = await eventually(
    () => list(first.url),
    (page) => page.alerts.length > 0,
  );
  const [row] = alerts;
  expect(row).toMatchObject({ clientAddress: '81.2.69.142', country: 'GB', status: 'new' });
  const path = `/api/alerts/${row?.id}`;
  const detail = await eventually(
    async () => alertDetail.parse(await get(first.url + path)),
    ({ delivery }) => delivery[0]?.state === 'delivered',
  );
  expect(detail.delivery).toMatchObject([{ output: 'stdout', route: 'root', state: 'delivered', tries: 1 }]);
  expect(detail.rule).toMatchObject({ desc: 'A target failed', condition: 'awselb.elb_status_code >= 500' });
  expect(detail.origin).toMatchObject({ object: 'logs/a.log', line: 1 });
  const edit = { version: 0, status: 'true_positive', note: 'it was down' };
  const answer = await fetch(first.url + path, {
    method: 'PATCH',
    body: JSON.stringify(edit),
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
  expect(await first.child.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });

  const second = await start();
  const again = await eventually(
    () => get(second.url + path),
    (body) => alertDetail.safeParse(body).success,
  );
  expect(again).toMatchObject({ triage: { version: 1, status: 'true_positive', note: 'it was down' } });
  const stream = await fetch(`${second.url}/api/stream`);
  const text = await stream.body?.getReader().read();
  expect(new TextDecoder().decode(text?.value)).toContain('event: stats-changed');
  // A page that follows the stream does not hold the end up.
  expect(await second.child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});
