import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { startThread } from '../../src/base/start-thread.ts';

const folder = mkdtempSync(join(tmpdir(), 'start-thread-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const entry = join(folder, 'entry.ts');
writeFileSync(
  entry,
  `import { getCompileCacheDir } from 'node:module';
   import { parentPort, workerData } from 'node:worker_threads';
   const given: unknown = workerData;
   parentPort?.postMessage({ given, cache: getCompileCacheDir() });`,
);

const said = (thread: Worker): Promise<unknown> =>
  new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });

it('starts a module with its settings, and with the cache of compiled modules that the process has', async () => {
  enableCompileCache(join(folder, 'cache'));
  const thread = startThread(pathToFileURL(entry), { workerData: { of: 'mine' } });
  expect(await said(thread)).toEqual({ given: { of: 'mine' }, cache: getCompileCacheDir() });
});

it('tells of a module that throws as of any thread', async () => {
  const broken = join(folder, 'broken.ts');
  writeFileSync(broken, "throw new Error('no');");
  await expect(said(startThread(pathToFileURL(broken), {}))).rejects.toThrow('no');
});

it('starts a bundle, and keeps nothing of what is over at once', async () => {
  const bundle = join(folder, 'bundle.cjs');
  writeFileSync(
    bundle,
    `(function (exports, require, module, bundleUrl) {
      const { parentPort, workerData } = require('node:worker_threads');
      parentPort.postMessage({ workerData, bundleUrl });
    })`,
  );
  const thread = startThread(pathToFileURL(bundle), { workerData: 'mine' });
  expect(await said(thread)).toEqual({ workerData: 'mine', bundleUrl: pathToFileURL(bundle).href });
  expect(existsSync(join(folder, 'kept-code'))).toBe(false);
});
