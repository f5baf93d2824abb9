import { present } from '../base/present.ts';
import { awselbSource } from '../detect/formats/catalogue.ts';
import type { EngineOptions, LoadedRules, RulesFile } from '../detect/rules/engine.ts';
import { loadRules } from '../detect/rules/load-rules.ts';
import { unpackRules } from '../detect/rules/packed-rules.ts';
import { type FilterPlace, FilterFiles } from './kept-filters.ts';
import type { RulesConfig } from './config.ts';
import { readRulesFiles } from './rules-files.ts';

/** The rules that a config names, read but not loaded. Plain values, so that another thread can load them again. */
export interface ConfiguredRules {
  readonly files: readonly RulesFile[];
  readonly options: Omit<EngineOptions, 'sources' | 'keptFilters'>;
  /** What loading them comes to (`packRules`), where that is known: they need not be loaded again. */
  readonly packed?: Uint8Array;
  /** Where filters of quiet lines are kept for them. */
  readonly filters?: FilterPlace;
}

/** Throws `RulesUnreadable` for a missing file. */
export async function readConfiguredRules(
  rules: RulesConfig,
  { cwd, hostname }: { readonly cwd: string; readonly hostname: string },
): Promise<ConfiguredRules> {
  return {
    files: await readRulesFiles(rules.files, cwd),
    options: {
      ruleMatching: rules.matching,
      priority: rules.priority,
      selection: rules.selection,
      appendOutput: rules.appendOutput,
      timeFormatIso8601: rules.timeFormatIso8601,
      hostname,
    },
  };
}

/** What is wrong in the rules is in the result. */
export function loadRead({ files, options, packed, filters }: ConfiguredRules): LoadedRules {
  const keptFilters = filters && new FilterFiles(filters);
  const all: EngineOptions = { ...options, sources: [awselbSource], ...present({ keptFilters }) };
  return packed === undefined ? loadRules(files, all) : unpackRules(packed, files, all);
}

/** Loads the rules that the config names. What is wrong in them is in the result; throws `RulesUnreadable` for a missing file. */
export async function loadConfiguredRules(
  rules: RulesConfig,
  machine: { readonly cwd: string; readonly hostname: string },
): Promise<LoadedRules> {
  return loadRead(await readConfiguredRules(rules, machine));
}
