import { resolve } from 'node:path';
import { forgetfulProgress } from '../detect/forgetful-progress.ts';
import { readFiles } from '../detect/sources/read-files.ts';
import type { Source } from '../detect/sources/source.ts';
import type { Machine } from './machine.ts';

/** The files and folders named on the command line, as a source that reads them all every time. */
export function namedPaths(paths: readonly string[], machine: Machine): Source {
  return readFiles(paths, {
    name: 'command line',
    clock: machine.clock,
    progress: forgetfulProgress(),
    report: () => undefined,
    resolvePath: (path) => resolve(machine.cwd, path),
    stdin: () => machine.stdin(),
  });
}
