import type { ConformanceFolder } from './cases.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';
import {
  checkEvalCase,
  checkOutputCase,
  checkParserCase,
  checkRulesCase,
  type Difference,
  type Loader,
} from './check-case.ts';
import { utilsChecks } from './check-utils.ts';
import { upstreamBugs } from './upstream-bugs.ts';

export interface ConformanceCheck {
  readonly name: string;
  /** Never throws: what is thrown is a difference. */
  readonly check: () => Difference;
}

/** Every case of the folder but the known bugs of Falco. `loader`: in place of `loadRules`. */
export function* conformanceChecks(folder: ConformanceFolder, loader: Loader = loadRules): Generator<ConformanceCheck> {
  for (const test of folder.parser) yield guarded(test.name, () => checkParserCase(test));
  for (const test of folder.eval) yield guarded(test.name, () => checkEvalCase(folder.fields, test, loader));
  for (const test of folder.rules) yield guarded(test.name, () => checkRulesCase(folder.fields, test, loader));
  for (const test of folder.output) yield guarded(test.name, () => checkOutputCase(folder.fields, test, loader));
  for (const { name, check } of utilsChecks(folder.utils)) yield guarded(name, check);
}

export function isUpstreamBug(name: string): boolean {
  return name in upstreamBugs;
}

function guarded(name: string, check: () => Difference): ConformanceCheck {
  return {
    name,
    check: () => {
      try {
        return check();
      } catch (error) {
        return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
      }
    },
  };
}
