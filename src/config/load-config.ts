import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { sayFileError } from '../base/file-error.ts';
import { packageRoot } from '../base/package-root.ts';
import { type Config, parseConfig } from './config.ts';
import { ConfigError } from './read-config.ts';

/** What `npm start` runs. */
export const defaultConfigPath = join(packageRoot, 'config/default.yaml');

/** The config in a file. Throws `ConfigError`, also when the file cannot be read. */
export async function loadConfig(
  path: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const file = isAbsolute(path) ? path : resolve(cwd, path);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const message = `the config cannot be read: ${sayFileError(error)}`;
    throw new ConfigError([{ file: path, line: 1, column: 1, path: '', message }]);
  }
  return parseConfig(text, file, env);
}
