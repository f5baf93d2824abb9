import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadTextConfig, type TextConfig } from '../config/kept-config.ts';
import { defaultConfigPath, loadConfig } from '../config/load-config.ts';
import type { Machine } from './machine.ts';
import type { ScanOptions } from './scan.ts';

/** The config of a `scan`, with what its options say instead; a part of it suffices where lines of text are printed. */
export async function scanConfig(options: ScanOptions, machine: Machine): Promise<TextConfig | Config> {
  const path = options.config ?? defaultConfigPath;
  const config =
    options.format === 'text' && options.explain !== true
      ? await loadTextConfig(path, machine)
      : await loadConfig(path, machine.cwd, machine.env);
  const rules = {
    ...config.rules,
    files: options.rules?.map((named) => resolve(machine.cwd, named)) ?? config.rules.files,
  };
  if (options.geoip) return { ...config, rules };
  const geoip = { ...config.geoip, databases: [], embedded: false };
  if ('places' in config) return { ...config, rules, geoip, places: false };
  return { ...config, rules, geoip, enrichers: config.enrichers.filter(({ kind }) => kind.kind !== 'geoip') };
}
