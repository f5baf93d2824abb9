import type { EngineOptions, FileFindings, LoadedRules, RulesFile, RulesFinding } from './engine.ts';
import { CompiledRuleSet } from './compiled-rule-set.ts';
import { Collection } from './load/collect.ts';
import { type CompiledCollection, compileCollection } from './load/compile-rules.ts';
import { Context } from './load/context.ts';
import { LoadError, Warnings } from './load/load-error.ts';
import { missingPlugins } from './load/plugin-versions.ts';
import { readItems } from './load/read-items.ts';
import { readYaml } from './load/read-yaml.ts';
import { RulesSource } from './load/rules-source.ts';
import { SourceTable } from './load/source-table.ts';
import { partsOf } from './shown-rule.ts';

/**
 * Loads rules files as Falco 0.44.1 does: one after the other into one collection, all of it compiled again after each
 * file, the end at the first error. Never throws for what a file says.
 */
export function loadRules(
  files: readonly RulesFile[],
  options: EngineOptions,
): LoadedRules & { readonly ruleSet?: CompiledRuleSet } {
  const sources = new Map(options.sources.map((source) => [source.name, new SourceTable(source)]));
  const fieldTests = new Map([...sources].map(([name, table]) => [name, (text: string) => table.isField(text)]));
  const collection = new Collection(fieldTests);
  const findings: FileFindings[] = [];
  let compiled: CompiledCollection = { lists: [], macros: [], rules: [] };
  for (const file of files) {
    const source = new RulesSource(file);
    const warnings = new Warnings();
    const errors: RulesFinding[] = [];
    try {
      for (const definition of readItems(readYaml(source), Context.ofFile(source), warnings)) {
        collection.take(definition, warnings);
      }
      compiled = compileCollection(collection, sources, options.appendOutput ?? [], warnings);
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      errors.push(error.finding());
    }
    findings.push({ file: file.name, errors, warnings: warnings.found });
    if (errors.length > 0) return { files: findings };
  }
  const missing = options.checkPluginVersions === false ? [] : missingPluginErrors(collection, options);
  if (missing.length > 0) return { files: findings.map((file) => withErrors(file, missing)) };
  return { files: findings, ruleSet: new CompiledRuleSet(partsOf(compiled), options) };
}

/** Falco asks for plugins once all files are loaded. */
function missingPluginErrors(collection: Collection, { sources }: EngineOptions): RulesFinding[] {
  const loaded = sources.map(({ plugin }) => plugin);
  return collection.pluginVersions.flatMap(({ alternatives, context }) => {
    const message = missingPlugins(alternatives, loaded);
    return message === undefined ? [] : [context.finding('LOAD_ERR_VALIDATE', message)];
  });
}

function withErrors(file: FileFindings, errors: readonly RulesFinding[]): FileFindings {
  return { ...file, errors: errors.filter(({ at }) => at.file === file.file) };
}
