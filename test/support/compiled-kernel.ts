import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = join(import.meta.dirname, '../../kernel/line-kernel.ts');
const options = '-O3 --noAssert --runtime stub --enable simd --importMemory'.split(' ');

/**
 * What kernel/line-kernel.ts compiles to, in base64. The compiler gives the same bytes on every machine. It is run, not
 * imported: its types would change those of `Array` for the whole house.
 */
export function compiledKernel(): string {
  const folder = mkdtempSync(join(tmpdir(), 'elb-sidekick-kernel-'));
  try {
    const asc = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'));
    const binary = join(folder, 'kernel.wasm');
    execFileSync(process.execPath, [asc, source, ...options, '--outFile', binary], { stdio: 'pipe' });
    return readFileSync(binary, 'base64');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
