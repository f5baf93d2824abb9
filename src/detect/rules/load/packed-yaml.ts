import type { RulesSource } from './rules-source.ts';
import type { ScalarStyle, YamlEntry, YamlNode } from './yaml-node.ts';

/** A node: what it is, its `offset`, its `end`; then a scalar's text, or the rows of a sequence's items, or of a map's keys and values in turn. */
type Row =
  | readonly ['null', number, number]
  | readonly [ScalarStyle, number, number, string]
  | readonly ['sequence' | 'map', number, number, ...number[]];

interface Packed {
  /** A node stands behind those that stand in it; one that several aliases name stands there once. */
  readonly rows: readonly Row[];
  /** The rows of the documents. */
  readonly documents: readonly number[];
}

/** What `readYaml` read as a text, for a later start or another thread: to parse the YAML of our own rules takes 20 times as long as to unpack it. */
export function packYaml(documents: readonly YamlNode[]): string {
  const rows: Row[] = [];
  const numbers = new Map<YamlNode, number>();
  const pack = (node: YamlNode): number => {
    const known = numbers.get(node);
    if (known !== undefined) return known;
    const row = rowOf(node, pack);
    numbers.set(node, rows.length);
    return rows.push(row) - 1;
  };
  return JSON.stringify({ documents: documents.map(pack), rows } satisfies Packed);
}

function rowOf(node: YamlNode, pack: (node: YamlNode) => number): Row {
  const { kind, offset, end } = node;
  switch (kind) {
    case 'null':
      return [kind, offset, end];
    case 'scalar':
      return [node.style, offset, end, node.text];
    case 'sequence':
      return [kind, offset, end, ...node.items.map(pack)];
    case 'map':
      return [kind, offset, end, ...node.entries.flatMap(({ key, value }) => [pack(key), pack(value)])];
  }
}

/** The documents again. `source` must have the text that they were read from. */
export function unpackYaml(packed: string, source: RulesSource): YamlNode[] {
  const { rows, documents } = JSON.parse(packed) as Packed;
  const nodes: YamlNode[] = [];
  for (const row of rows) nodes.push(nodeOf(row, nodes, source));
  return documents.map((row) => nodes[row]!);
}

function nodeOf(row: Row, nodes: readonly YamlNode[], source: RulesSource): YamlNode {
  const [kind, offset, end] = row;
  const place = { source, offset, end };
  switch (kind) {
    case 'null':
      return { kind, ...place };
    case 'sequence':
      return { kind, ...place, items: row.slice(3).map((item) => nodes[item as number]!) };
    case 'map': {
      const entries: YamlEntry[] = [];
      for (let at = 3; at < row.length; at += 2) {
        entries.push({ key: nodes[row[at] as number]!, value: nodes[row[at + 1] as number]! });
      }
      return { kind, ...place, entries };
    }
    case 'plain':
    case 'single':
    case 'double':
    case 'literal':
    case 'folded':
      return { kind: 'scalar', ...place, text: row[3], style: kind };
  }
}
