// What bin/elb-sidekick.mjs does, in CommonJS: a module's imports of Node's own modules take 10 ms more of a start.
const { existsSync } = require('node:fs');
const nodeModule = require('node:module');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { isBuilt } = require('./built.cjs');

const root = dirname(__dirname);
const words = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < 24) startWithBrought();
else {
  // Beside the code: in a folder of everybody's, others could plant what we would run. Where it cannot be written, nothing
  // is kept. Begun before the first module in TypeScript, so that Node need not load its parser: a seventh of a start.
  // With threads `scan` sets flags of V8's (src/base/heap-growth.ts), and what was compiled under other flags is compiled anew:
  // each of two such starts after the other would find nothing and write everything.
  const flags = words.some((word) => word.startsWith('--threads')) ? 'threads' : 'start';
  nodeModule.enableCompileCache(join(root, 'node_modules', '.cache', 'elb-sidekick', flags));
  if (isBuilt(root)) {
    const [word = 'run'] = words;
    const use = ['run', 'serve', 'ingest', 'scan'].includes(word) ? word : 'other';
    const { runBundle } = require('./kept-code.cjs');
    // They take longer to start than all else here.
    if (use === 'scan' && flags === 'threads') runBundle(join(root, 'dist', 'threads.cjs'), use).beginEarly(words);
    runBundle(join(root, 'dist', 'main.cjs'), use);
  } else void import(pathToFileURL(join(root, 'src', 'main.ts')).href);
}

/** The npm package `node` is a Node that is new enough. */
function startWithBrought() {
  const brought = join(root, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(brought)) {
    process.stderr.write(
      `elb-sidekick needs Node 24 or newer; this is ${process.version}. In a checkout, run "npm ci" once: it brings Node 24.\n`,
    );
    process.exit(2);
  }
  const { spawn } = require('node:child_process');
  const { constants } = require('node:os');
  const child = spawn(brought, [join(root, 'bin', 'elb-sidekick.mjs'), ...words], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
