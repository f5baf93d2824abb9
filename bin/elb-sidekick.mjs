#!/usr/bin/env node
// The package's command. Starts dist/main.cjs (bin/build.mjs), or src/main.ts where that is younger, on Node 24 or newer: this
// Node if it is new enough, else the one that the npm package `node` brought.
import { existsSync } from 'node:fs';
// Not by name: Node 20 has no `enableCompileCache`.
import * as nodeModule from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isBuilt } from './built.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Beside the code: in a folder of everybody's, others could plant what we would run. Where it cannot be written, nothing
  // is kept. Begun before the first module in TypeScript, so that Node need not load its parser: a seventh of a start.
  // With threads `scan` sets flags of V8's (src/base/heap-growth.ts), and what was compiled under other flags is compiled anew:
  // each of two such starts after the other would find nothing and write everything.
  const flags = process.argv.some((word) => word.startsWith('--threads')) ? 'threads' : 'start';
  nodeModule.enableCompileCache(join(root, 'node_modules', '.cache', 'elb-sidekick', flags));
  if (isBuilt(root)) {
    const { runBundle } = nodeModule.createRequire(import.meta.url)('./kept-code.cjs');
    const [, , word = 'run'] = process.argv;
    runBundle(join(root, 'dist', 'main.cjs'), ['run', 'serve', 'ingest', 'scan'].includes(word) ? word : 'other');
  } else await import(pathToFileURL(join(root, 'src', 'main.ts')).href);
} else {
  const brought = join(root, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(brought)) {
    process.stderr.write(
      `elb-sidekick needs Node 24 or newer; this is ${process.version}. In a checkout, run "npm ci" once: it brings Node 24.\n`,
    );
    process.exit(2);
  }
  const { spawn } = await import('node:child_process');
  const again = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(brought, again, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
