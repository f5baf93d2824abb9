import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { heapFlags } from './heap-growth.ts';
import { packageRoot } from './package-root.ts';

/**
 * Starts a module, or a bundle of `dist/`, as a thread. Node keeps its cache of compiled modules for each thread apart: one that
 * does not enable it loads the parser for TypeScript and takes the types out of every file again, which took 0.3 s.
 */
export function startThread(entry: URL, options: WorkerOptions): Worker {
  if (entry.pathname.endsWith('.cjs')) {
    const runner = join(packageRoot, 'bin', 'kept-code.cjs');
    const call = [fileURLToPath(entry), heapFlags()].map((word) => JSON.stringify(word)).join(', ');
    return new Worker(`require(${JSON.stringify(runner)}).runBundle(${call})`, { ...options, eval: true });
  }
  const cache = getCompileCacheDir();
  if (cache === undefined) return new Worker(entry, options);
  // The folder that was named to `enableCompileCache`, which adds one for Node's version.
  const enable = `require('node:module').enableCompileCache(${JSON.stringify(dirname(cache))})`;
  return new Worker(`${enable}; import(${JSON.stringify(entry.href)})`, { ...options, eval: true });
}
