import { join, resolve } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import { readRulesFiles, RulesUnreadable } from '../config/rules-files.ts';
import { awselbSource } from '../detect/formats/catalogue.ts';
import type { EngineOptions, LoadedRules, RulesFile } from '../detect/rules/engine.ts';
import { loadRules } from '../detect/rules/load-rules.ts';
import { WrongInput } from './command.ts';
import type { Machine } from './machine.ts';

/** Where the rules that come with the program are. */
export const shippedRules = join(packageRoot, 'rules');

/** The rules files that a command line names; the shipped ones where it names none. */
export async function namedRules(paths: readonly string[], machine: Machine): Promise<readonly RulesFile[]> {
  const named = paths.length === 0 ? [shippedRules] : paths.map((path) => resolve(machine.cwd, path));
  try {
    return await readRulesFiles(named, machine.cwd);
  } catch (error) {
    if (error instanceof RulesUnreadable) throw new WrongInput(error.message, { cause: error });
    throw error;
  }
}

export function loadForLoadBalancers(files: readonly RulesFile[], options: Partial<EngineOptions> = {}): LoadedRules {
  return loadRules(files, { sources: [awselbSource], ...options });
}
