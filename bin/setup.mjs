// Runs before `npm start` and `npm test`, on whatever Node the machine has (20 or newer): installs the locked
// dependencies once and builds dist/ where it is not up to date. One of them, the npm package `node`, is Node 24; npm puts it first on the PATH of every script.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.setup-done');

const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (installed !== wanted) {
  process.stderr.write('Installing the locked dependencies (once; this takes about a minute)…\n');
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  // stdout belongs to the command that follows (`npm -s start -- scan --format jsonl`), so npm's own words go to stderr.
  const ran = spawnSync(command, [...args, 'ci', '--include=dev', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (ran.status !== 0) {
    process.stderr.write(
      'npm ci failed (its message is above). Is the npm registry reachable? Then run this command again.\n',
    );
    process.exit(ran.status ?? 1);
  }
  writeFileSync(stamp, wanted);
}
spawnSync(process.execPath, [join(root, 'bin', 'build.mjs')], { stdio: ['ignore', 2, 2] });
