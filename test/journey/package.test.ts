import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** What `npm pack` packs, unpacked where `npm install` would; the libraries are those of this checkout. */
async function installed(): Promise<string> {
  const folder = temporaryFolder();
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root, maxBuffer: 2 ** 24 });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  await run('tar', ['-xzf', `falco-elb-sidekick-${version}.tgz`], { cwd: folder });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Starts the service of the package on its own config; resolves to its address. */
async function serving(folder: string): Promise<string> {
  const cwd = join(folder, 'elsewhere');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'c.yaml'), 'state_dir: state\nlisten: { host: 127.0.0.1, port: 0 }\n');
  const command = join(folder, 'package/bin/elb-sidekick.mjs');
  const service = spawn(process.execPath, [command, 'serve', '-c', 'c.yaml'], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(async () => {
    service.kill();
    if (service.exitCode === null) await once(service, 'exit');
  });
  let said = '';
  for await (const text of service.stderr.setEncoding('utf8')) {
    said += String(text);
    const url = /listens on (http:\S+)/.exec(said)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`the service ended: ${said}`);
}

it('the package that npm packs has no sources and serves the page that they make', async () => {
  const folder = await installed();
  for (const left of ['src', 'dist/kept-code', 'dist/kept-config', 'dist/kept-rules']) {
    expect(existsSync(join(folder, 'package', left)), left).toBe(false);
  }
  const url = await serving(folder);
  const page = await fetch(url);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const assets = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  expect(assets.map((path) => path.replace(/-[A-Za-z0-9]{8}\./, '-HASH.')).sort()).toEqual([
    '/page/icon-HASH.svg',
    '/page/main-HASH.css',
    '/page/main-HASH.js',
  ]);
  for (const path of assets) expect((await fetch(url + path)).status).toBe(200);
  expect((await fetch(`${url}/page/main.js`)).status).toBe(404);
});
