import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { sayFileError } from '../base/file-error.ts';
import { packageRoot } from '../base/package-root.ts';
import type { Config } from './config.ts';

/** What `npm start` runs. */
export const defaultConfigPath = join(packageRoot, 'config/default.yaml');

export type Environment = Readonly<Record<string, string | undefined>>;

/** The config in a file. Throws `ConfigError`, also when the file cannot be read. */
export async function loadConfig(path: string, cwd: string, env: Environment): Promise<Config> {
  const file = isAbsolute(path) ? path : resolve(cwd, path);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { ConfigError } = await import('./read-config.ts');
    const message = `the config cannot be read: ${sayFileError(error)}`;
    throw new ConfigError([{ file: path, line: 1, column: 1, path: '', message }]);
  }
  // Not before it is needed: it loads Zod and all kinds.
  const { parseConfig } = await import('./config.ts');
  return parseConfig(text, file, env);
}
