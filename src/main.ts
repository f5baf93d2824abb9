import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// Node's parser for TypeScript is WebAssembly that calls JavaScript. Where several threads begin at once, V8 now and then aborts the
// process while it compiles such calls (`Check failed: jit_page.has_value()`, nodejs/node#64500): they are left uncompiled.
if (import.meta.url.endsWith('.ts')) setFlagsFromString('--wasm-wrapper-tiering-budget=2000000000');

// Beside the code: in a folder of everybody's, others could plant what we would run. Where it cannot be written, nothing is kept.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/elb-sidekick'));
void start();

async function start(): Promise<void> {
  const argv = process.argv.slice(2);
  // They take longer to start than this thread. In a bundle they were begun before this was loaded (bin/start.cjs).
  if (argv.some((word) => word.startsWith('--threads'))) (await import('./detecting-threads.ts')).beginEarly(argv);
  // After the cache is enabled, or nothing of it would be kept.
  const { runCli } = await import('./cli/cli.ts');
  const { systemMachine } = await import('./cli/machine.ts');
  // `npm start` without a word is `run`.
  // Not only `exitCode`: a read from a pipe that nobody writes to would keep the process alive.
  process.exit(await runCli(argv.length === 0 ? ['run'] : argv, systemMachine()));
}
