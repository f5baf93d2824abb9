import type { EngineOptions, LoadedRules, RulesFile } from '../../src/detect/rules/engine.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';
import { packRules, unpackRules } from '../../src/detect/rules/packed-rules.ts';

/** As `loadRules`, of what it packs; files with an error are not packed. */
export function packedAndUnpacked(files: readonly RulesFile[], options: EngineOptions): LoadedRules {
  const loaded = loadRules(files, options);
  const packed = packRules(loaded);
  if (packed === undefined && loaded.ruleSet !== undefined) throw new Error('rules that load are not packed');
  return packed === undefined ? loaded : unpackRules(packed, files, options);
}
