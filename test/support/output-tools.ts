import { resolve } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { OutputTools } from '../../src/deliver/outputs/output.ts';

/** What an output under test may use of the house. */
export function outputTools(parts: Partial<OutputTools> = {}): OutputTools {
  return {
    clock: systemClock,
    name: 'under-test',
    write: async () => undefined,
    resolvePath: (path) => resolve(path),
    ...parts,
  };
}
