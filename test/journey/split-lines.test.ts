import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Child } from '../support/child.ts';
import { alertsIn } from '../support/small-config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'split-'));
  writeFileSync(join(cwd, 'config.yaml'), 'listen: { port: 0 }\noutputs: [{ kind: stdout, format: jsonl }]\n');
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function serve(): Promise<{ child: Child; url: string }> {
  const child = new Child(['serve', '--config', 'config.yaml'], { cwd });
  await child.until(({ err }) => err.includes('Ctrl-C stops'));
  return { child, url: /listens on (\S+)/.exec(child.err)?.[1] ?? '' };
}

async function post(url: string, records: readonly object[]): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(records) });
  expect(answer.status).toBe(200);
  return answer.json();
}

it('a line of FireLens of which one part was answered before kill -9 is an alert when the other comes, once', async () => {
  const line = JSON.stringify({ rule: 'Split', priority: 'Error', output: 'x'.repeat(20_000), output_fields: {} });
  const part = (n: 1 | 2) => ({
    log: n === 1 ? line.slice(0, 16_384) : line.slice(16_384),
    container_name: '/ecs-falco-1',
    partial_message: 'true',
    partial_id: 'a'.repeat(64),
    partial_ordinal: String(n),
    partial_last: String(n === 2),
  });
  const first = await serve();
  expect(await post(first.url, [part(1)])).toEqual({
    accepted: 0,
    repeated: 0,
    skipped: 0,
    waiting: 1,
    refused: 0,
    reasons: [],
  });
  await first.child.kill('SIGKILL');
  const second = await serve();
  expect(await post(second.url, [part(2)])).toMatchObject({ accepted: 1, refused: 0 });
  await second.child.until(({ out }) => out.includes('\n'));
  // The sender had no answer, for all it knows, and sends all of it again.
  expect(await post(second.url, [part(2)])).toMatchObject({ accepted: 0, skipped: 1 });
  expect(await post(second.url, [part(1), part(2)])).toMatchObject({ accepted: 0, repeated: 1 });
  expect(await second.child.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(alertsIn(second.child.out)).toMatchObject([
    { rule: 'Split', enrichment: { 'fluent.container_name': '/ecs-falco-1' } },
  ]);
});
