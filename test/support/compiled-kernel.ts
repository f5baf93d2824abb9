import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folderOfSources = join(import.meta.dirname, '../../kernel');
const options = '-O3 --noAssert --runtime stub --enable simd --importMemory'.split(' ');

export type KernelName = 'line-kernel' | 'line-text';

/**
 * What a file of kernel/ compiles to, in base64. The compiler gives the same bytes on every machine. It is run, not
 * imported: its types would change those of `Array` for the whole house.
 */
export function compiledKernel(name: KernelName): string {
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-kernel-'));
  try {
    const asc = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'));
    const binary = join(folder, 'kernel.wasm');
    execFileSync(process.execPath, [asc, join(folderOfSources, `${name}.ts`), ...options, '--outFile', binary], {
      stdio: 'pipe',
    });
    return readFileSync(binary, 'base64');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
