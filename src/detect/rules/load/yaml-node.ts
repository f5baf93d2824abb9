import type { RulesSource } from './rules-source.ts';

/** YAML as Falco sees it: untyped scalars, and where each node stands. Aliases are replaced by the node they name. */
export type YamlNode = YamlScalar | YamlSequence | YamlMap | YamlNull;

interface Placed {
  readonly source: RulesSource;
  /** Of the node's first character. */
  readonly offset: number;
  /** Behind its last character. */
  readonly end: number;
}

/** Plain `~`, `null`, `Null`, `NULL` or nothing at all; quoted or tagged they are scalars. */
interface YamlNull extends Placed {
  readonly kind: 'null';
}

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

export interface YamlScalar extends Placed {
  readonly kind: 'scalar';
  readonly text: string;
  readonly style: ScalarStyle;
}

interface YamlSequence extends Placed {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

export interface YamlEntry {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export interface YamlMap extends Placed {
  readonly kind: 'map';
  /** In file order, repeated keys included. */
  readonly entries: readonly YamlEntry[];
}

/** The value of a key; of a repeated key, the first. */
export function valueOf(map: YamlMap, key: string): YamlNode | undefined {
  return map.entries.find((entry) => keyText(entry) === key)?.value;
}

/** The text of an entry's key. A null key reads `null`, as in yaml-cpp; a collection, nothing: no key is called that. */
export function keyText({ key }: YamlEntry): string {
  if (key.kind === 'scalar') return key.text;
  return key.kind === 'null' ? 'null' : '';
}
