import { awselbSource } from '../detect/formats/catalogue.ts';
import type { LoadedRules } from '../detect/rules/engine.ts';
import { loadRules } from '../detect/rules/load-rules.ts';
import type { RulesConfig } from './config.ts';
import { readRulesFiles } from './rules-files.ts';

/** Loads the rules that the config names. What is wrong in them is in the result; throws `RulesUnreadable` for a missing file. */
export async function loadConfiguredRules(
  rules: RulesConfig,
  { cwd, hostname }: { readonly cwd: string; readonly hostname: string },
): Promise<LoadedRules> {
  const files = await readRulesFiles(rules.files, cwd);
  return loadRules(files, {
    sources: [awselbSource],
    ruleMatching: rules.matching,
    priority: rules.priority,
    selection: rules.selection,
    appendOutput: rules.appendOutput,
    timeFormatIso8601: rules.timeFormatIso8601,
    hostname,
  });
}
