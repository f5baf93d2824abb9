import { parsePriority } from '../../src/alert/priority.ts';
import { missingPlugins } from '../../src/detect/rules/load/plugin-versions.ts';
import { matchesWildcard } from '../../src/detect/rules/load/select-rules.ts';
import { engineVersion, isCompatible } from '../../src/detect/rules/load/versions.ts';
import type { UtilsCases } from './cases.ts';
import type { Difference } from './check-case.ts';

/** The cases of utils.json have no names: they are called by what they ask. */
export function* utilsChecks(
  utils: UtilsCases,
): Generator<{ readonly name: string; readonly check: () => Difference }> {
  for (const { pattern, value, expect } of utils.wildcard_match ?? []) {
    yield named(`wildcard ${pattern} on ${value}`, () => same(matchesWildcard(pattern, value), expect));
  }
  for (const [i, test] of (utils.plugin_requirements ?? []).entries()) {
    yield named(`plugin requirements ${i}`, () => {
      const requirements = test.required_plugin_versions.flat().map(({ name, version, alternatives = [] }) => {
        return [{ name, version }, ...alternatives];
      });
      // A requirement that names one plugin twice is refused when it is read.
      const twice = requirements.some((one) => new Set(one.map(({ name }) => name)).size < one.length);
      const missing = requirements.filter((one) => missingPlugins(one, test.loaded_plugins) !== undefined);
      return same(twice || missing.length > 0 ? 'rejected' : 'satisfied', test.expect);
    });
  }
  for (const { input, expect } of utils.priority ?? []) {
    yield named(`priority ${input}`, () => same(parsePriority(input) ?? null, expect));
  }
  for (const { have, want, expect } of utils.semver_compatible ?? []) {
    yield named(`version ${have} for ${want}`, () => same(isCompatible(have, want), expect));
  }
  const release = utils.engine_versions?.['0.44.1'];
  if (release !== undefined) yield named('engine version of 0.44.1', () => same(engineVersion, release));
}

function named(name: string, check: () => Difference): { readonly name: string; readonly check: () => Difference } {
  return { name: `utils: ${name}`, check };
}

function same(found: unknown, expected: unknown): Difference {
  return found === expected ? undefined : `expected ${String(expected)}, got ${String(found)}`;
}
