#!/usr/bin/env node
// The package's command. Starts dist/main.js (bin/build.mjs), or src/main.ts where that is younger, on Node 24 or newer: this
// Node if it is new enough, else the one that the npm package `node` brought.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isBuilt } from './built.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = isBuilt(root) ? join(root, 'dist', 'main.js') : join(root, 'src', 'main.ts');

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Beside the code: in a folder of everybody's, others could plant what we would run. Where it cannot be written, nothing
  // is kept. Begun before the first module in TypeScript, so that Node need not load its parser: a seventh of a start.
  const { enableCompileCache } = await import('node:module');
  // With threads `scan` sets a flag of V8's (src/base/heap-growth.ts), and what was compiled under other flags is compiled anew:
  // each of two such starts after the other would find nothing and write everything.
  const flags = process.argv.some((word) => word.startsWith('--threads')) ? 'threads' : 'start';
  enableCompileCache(join(root, 'node_modules', '.cache', 'elb-sidekick', flags));
  await import(pathToFileURL(main).href);
} else {
  const brought = join(root, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(brought)) {
    process.stderr.write(
      `elb-sidekick needs Node 24 or newer; this is ${process.version}. In a checkout, run "npm ci" once: it brings Node 24.\n`,
    );
    process.exit(2);
  }
  const child = spawn(brought, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
