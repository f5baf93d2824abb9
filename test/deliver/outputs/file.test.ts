import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeAlert } from '../../../src/alert/falco-json.ts';
import { file } from '../../../src/deliver/outputs/file.ts';
import type { Output } from '../../../src/deliver/outputs/output.ts';
import { anAlert, someAlerts } from '../../support/alerts.ts';
import { hostileAlerts } from '../../support/hostile-alerts.ts';
import { outputTools } from '../../support/output-tools.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const open = (folder: string, config: object = {}): Promise<Output> =>
  file.open(
    file.config.parse({ path: 'sub/alerts.ndjson', ...config }),
    outputTools({ resolvePath: (path) => join(folder, path) }),
  );
const never = new AbortController().signal;

test('alerts are appended, one JSON object a line, also after a restart', async () => {
  const folder = temporaryFolder();
  await (await open(folder)).send(someAlerts(2), never);
  const outcomes = await (await open(folder)).send([anAlert(3), ...hostileAlerts], never);
  expect(outcomes.every(({ kind }) => kind === 'done')).toBe(true);
  const written = readFileSync(join(folder, 'sub/alerts.ndjson'), 'utf8');
  expect(written).toBe([...someAlerts(3), ...hostileAlerts].map((alert) => `${encodeAlert(alert)}\n`).join(''));
  expect(statSync(join(folder, 'sub/alerts.ndjson')).mode & 0o077).toBe(0);
});

test('the file is rotated before it grows past its size, and only so many are kept', async () => {
  const folder = temporaryFolder();
  const line = Buffer.byteLength(encodeAlert(anAlert(1))) + 1;
  const output = await open(folder, { max_bytes: Math.max(1000, line * 2), keep: 2 });
  const perFile = Math.floor(Math.max(1000, line * 2) / line);
  for (let n = 1; n <= 4 * perFile + 1; n++) await output.send([anAlert(n % 9)], never);
  expect(readdirSync(join(folder, 'sub')).sort()).toEqual(['alerts.ndjson', 'alerts.ndjson.1', 'alerts.ndjson.2']);
  const countOf = (name: string): number =>
    readFileSync(join(folder, 'sub', name), 'utf8')
      .trimEnd()
      .split('\n').length;
  expect([countOf('alerts.ndjson'), countOf('alerts.ndjson.1'), countOf('alerts.ndjson.2')]).toEqual([
    1,
    perFile,
    perFile,
  ]);
});

test('keep 0 leaves no rotated file', async () => {
  const folder = temporaryFolder();
  const output = await open(folder, { max_bytes: 1000, keep: 0 });
  for (let n = 1; n <= 5; n++) await output.send([anAlert(n, { output: 'x'.repeat(600) })], never);
  expect(readdirSync(join(folder, 'sub'))).toEqual(['alerts.ndjson']);
});

test('a line that a crash tore is left alone, the next alert begins its own', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sub'));
  appendFileSync(join(folder, 'sub/alerts.ndjson'), '{"torn":');
  await (await open(folder)).send([anAlert(1)], never);
  expect(readFileSync(join(folder, 'sub/alerts.ndjson'), 'utf8')).toBe(`{"torn":\n${encodeAlert(anAlert(1))}\n`);
});

test('a place that cannot be written is told by probe and send', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sub/alerts.ndjson'), { recursive: true });
  const output = await open(folder);
  await expect(output.probe(never)).rejects.toThrow('EISDIR');
  await expect(output.send([anAlert(1)], never)).rejects.toThrow('EISDIR');
  expect(existsSync(join(folder, 'sub/alerts.ndjson.1'))).toBe(false);
});
