import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sayFileError } from '../base/file-error.ts';
import type { RulesFile } from '../detect/rules/engine.ts';

/** A rules file that cannot be read; the message says which and why. */
export class RulesUnreadable extends Error {
  override readonly name = 'RulesUnreadable';
}

/**
 * Reads rules files in order; a folder stands for its .yaml and .yml files in order of name, as in Falco,
 * but not for the tests (`*.test.yaml`) that stand beside rules. Files are named
 * by their path from `cwd` where they lie below it. Throws `RulesUnreadable`.
 */
export async function readRulesFiles(paths: readonly string[], cwd: string): Promise<RulesFile[]> {
  const files: RulesFile[] = [];
  for (const path of paths) {
    const name = shortName(path, cwd);
    try {
      const folder = (await stat(path)).isDirectory();
      const found = folder ? (await readdir(path)).filter((each) => /(?<!\.test)\.ya?ml$/.test(each)).sort() : [''];
      for (const each of found) {
        const full = join(path, each);
        files.push({ name: join(name, each), content: await readFile(full, 'utf8') });
      }
    } catch (error) {
      throw new RulesUnreadable(`the rules file ${name} cannot be read: ${sayFileError(error)}`);
    }
  }
  return files;
}

function shortName(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}
