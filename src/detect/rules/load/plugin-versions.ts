import type { PluginRequirement } from './definitions.ts';
import { isCompatible } from './versions.ts';

/**
 * Why no loaded plugin meets the requirement; undefined when one does. Of a requirement and its alternatives, the first
 * whose name is loaded decides: its version must have the same major number and not be older.
 */
export function missingPlugins(
  alternatives: readonly PluginRequirement[],
  loaded: readonly PluginRequirement[],
): string | undefined {
  for (const { name, version } of alternatives) {
    const plugin = loaded.find((plugin) => plugin.name === name);
    if (!plugin) continue;
    if (isCompatible(plugin.version, version)) return undefined;
    break;
  }
  const wanted = alternatives.map(({ name, version }) => `${name} (>= ${version})`).join(', ');
  return `Plugin requirement not satisfied, must load one of: ${wanted}`;
}
