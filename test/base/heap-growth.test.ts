import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '../../src/base/heap-growth.ts');
/** V8's flags are the process's: set in one of their own. */
const said = (code: string): string =>
  execFileSync(
    process.execPath,
    ['--input-type=module', '-e', `import * as heap from ${JSON.stringify(source)}; ${code}`],
    {
      encoding: 'utf8',
    },
  ).trim();

it('names the flags that threads begun now have', () => {
  expect(said('console.log(heap.heapFlags())')).toBe('none');
  expect(said('heap.boundYoungGeneration(); heap.widenYoungGeneration(); console.log(heap.heapFlags())')).toBe(
    'semi-space-growth-factor-1-min-semi-space-size-2',
  );
});

it('takes them back when the process ends, so that code kept then is taken by the next start', () => {
  // Behind V8's magic number, its version and the source stands a hash of all flags.
  const flags = `const { Script } = await import('node:vm'); let next = 0;
    const flags = () => new Script('1 + ' + next++).createCachedData().readUInt32LE(12);`;
  const [atStart, bound, atExit] = said(
    `${flags} console.log(flags()); heap.boundHeapGrowth(); heap.widenYoungGeneration(); console.log(flags());
    process.on('exit', () => console.log(flags()));`,
  ).split('\n');
  expect(atExit).toBe(atStart);
  expect(bound).not.toBe(atStart);
});
