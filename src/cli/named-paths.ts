import { resolve } from 'node:path';
import { forgetfulProgress } from '../detect/progress.ts';
import { file } from '../detect/sources/file.ts';
import type { Source } from '../detect/sources/source.ts';
import type { Machine } from './machine.ts';

/** The files and folders named on the command line, as a source that reads them all every time. */
export function namedPaths(paths: readonly string[], machine: Machine): Promise<Source> {
  return file.open(file.config.parse({ paths }), {
    name: 'command line',
    clock: machine.clock,
    progress: forgetfulProgress(),
    report: () => undefined,
    resolvePath: (path) => resolve(machine.cwd, path),
    stdin: () => machine.stdin(),
  });
}

/** Why reading an input failed, for the person who named it. */
export function sayFailure(cause: Error): string {
  if ('code' in cause && typeof cause.code === 'string') {
    switch (cause.code) {
      case 'ENOENT':
        return 'there is no such file or folder';
      case 'EACCES':
      case 'EPERM':
        return 'no permission to read it';
      default:
        return cause.message;
    }
  }
  return cause.message;
}
