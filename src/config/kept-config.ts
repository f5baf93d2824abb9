import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock } from '../base/clock.ts';
import { builtFolder } from '../base/package-root.ts';
import type { Config } from './config.ts';
import { keepWhole } from './keep-whole.ts';
import { type Environment, loadConfig } from './load-config.ts';

/** What of a config is needed to print lines of text. Plain values. */
export interface TextConfig extends Pick<Config, 'rules' | 'geoip'> {
  /** Whether addresses are followed by where they are. */
  readonly places: boolean;
}

/** What is kept of a config that had nothing wrong. */
interface Kept {
  readonly file: string;
  /** `versionOf` the file that it was read from. */
  readonly version: string;
  /** Environment variables that it asked for; none of them was set. */
  readonly unset: readonly string[];
  readonly config: TextConfig;
}

/** Beside the code and gone with it: in a folder of everybody's, others could plant configs. Nothing is kept for sources that run as they are. */
const keptFolder = builtFolder && join(builtFolder, 'kept-config');

/** A file that changed so shortly before can change again and look the same. */
const settledAfterMs = 2000;

/**
 * What `loadConfig` says, of these parts. They are kept for the next start where they can be: to load Zod and all kinds, and to
 * check with them what was found right before, took a third of the CPU time of a start. Neither the config's text nor the
 * environment is written down; a config into which a variable or a file was put is not kept at all. The place goes by the
 * file's path, so that there are never more than 256.
 */
export async function loadTextConfig(
  path: string,
  { cwd, env, clock }: { readonly cwd: string; readonly env: Environment; readonly clock: Clock },
  folder = keptFolder,
): Promise<TextConfig> {
  if (folder === undefined) return textConfig(await loadConfig(path, cwd, env));
  const file = isAbsolute(path) ? path : resolve(cwd, path);
  const place = join(folder, (crc32(file) % 256).toString(16).padStart(2, '0'));
  // Before it is read: one that changes meanwhile is another then.
  const version = versionOf(file, clock.now() - settledAfterMs);
  const kept = version === undefined ? undefined : read(place);
  if (kept?.file === file && kept.version === version && kept.unset.every((name) => env[name] === undefined))
    return kept.config;
  const asked = new Set<string>();
  const config = await loadConfig(path, cwd, noting(env, asked));
  const unset = [...asked];
  const plain = textConfig(config);
  if (version !== undefined && !config.filesPutIn && unset.every((name) => env[name] === undefined))
    keepWhole(place, wholeOf(JSON.stringify({ file, version, unset, config: plain } satisfies Kept)), folder);
  return plain;
}

function textConfig({ rules, geoip, enrichers }: Config): TextConfig {
  return { rules, geoip, places: enrichers.some(({ kind }) => kind.kind === 'geoip') };
}

/** Undefined where it cannot tell. */
function versionOf(file: string, before: number): string | undefined {
  try {
    const stats = statSync(file, { bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    return stats.isFile() && stats.ctimeMs < before ? [dev, ino, size, mtimeNs, ctimeNs].join(' ') : undefined;
  } catch {
    return undefined;
  }
}

/** The environment, noting what it is asked for. */
function noting(env: Environment, asked: Set<string>): Environment {
  return new Proxy(env, {
    get(target, name) {
      if (typeof name !== 'string') return undefined;
      asked.add(name);
      return target[name];
    },
  });
}

/** Undefined where nothing is kept, or it is not whole. */
function read(place: string): Kept | undefined {
  try {
    const text = readFileSync(place, 'utf8');
    const json = text.slice(text.indexOf('\n') + 1);
    const kept: Kept = JSON.parse(json);
    return text === wholeOf(json) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function wholeOf(json: string): string {
  return `${crc32(json)}\n${json}`;
}
