import { YamlError } from '../yaml/yaml-error.ts';
import { valueOf, type YamlMap, type YamlNode } from './yaml-node.ts';

/**
 * Falco checks a file against its schema before it reads anything of it, which fails on a map whose keys are no text.
 * The check looks into items, overrides, exceptions and required plugins, and nowhere else. Throws a YamlError.
 */
export function checkKeys(document: YamlNode): void {
  for (const item of mapsIn(document)) {
    checkMap(item);
    checkMap(valueOf(item, 'override'));
    for (const exception of mapsIn(valueOf(item, 'exceptions'))) checkMap(exception);
    for (const plugin of mapsIn(valueOf(item, 'required_plugin_versions'))) {
      checkMap(plugin);
      for (const alternative of mapsIn(valueOf(plugin, 'alternatives'))) checkMap(alternative);
    }
  }
}

function mapsIn(node: YamlNode | undefined): readonly YamlMap[] {
  return node?.kind === 'sequence' ? node.items.filter((item) => item.kind === 'map') : [];
}

function checkMap(map: YamlNode | undefined): void {
  if (map?.kind !== 'map') return;
  for (const { key } of map.entries) {
    if (key.kind === 'sequence' || key.kind === 'map') {
      throw new YamlError(key.offset, 'bad conversion: a key must be a scalar');
    }
  }
}
