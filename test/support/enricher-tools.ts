import { resolve } from 'node:path';
import type { EnricherTools } from '../../src/deliver/enrich/enricher.ts';

/** Tools for an enricher under test: a clock that stands still, no GeoIP database, paths as they are. */
export function enricherTools(parts: Partial<EnricherTools> = {}): EnricherTools {
  return {
    clock: { now: () => 0, sleep: () => Promise.reject(new Error('nothing sleeps here')) },
    geo: {
      find: () => undefined,
      databases: () => [],
      problems: () => [],
      counts: () => ({ asked: 0, missed: 0 }),
      reload: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    resolvePath: (path) => resolve(path),
    stateFile: resolve('no-such-folder/enricher.json'),
    ...parts,
  };
}
