import { isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { yamlErrorOffset } from '../../../base/yaml-error-offset.ts';
import { Context } from './context.ts';
import { LoadError } from './load-error.ts';
import type { RulesSource } from './rules-source.ts';
import type { ScalarStyle, YamlEntry, YamlNode } from './yaml-node.ts';
import { columnOf, illegalTabAt } from './yaml-tabs.ts';
import { parseAsTaken, type TakenText, type YamlError } from './yaml-repairs.ts';

/** Larger rules files are refused: the largest public ones have 0.3 MB. In UTF-16 units. */
export const maxFileLength = 4 * 1024 * 1024;
/** Collections inside collections. A rules file needs six levels. */
export const maxNesting = 64;

const nulls = new Set(['', '~', 'null', 'Null', 'NULL']);
const styles: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

/**
 * The pass `read`, first half: a file's text as YAML documents, the way yaml-cpp gives them to Falco: scalars are never
 * typed, tags are ignored, `<<` is an ordinary key. Reading ends at the first document that is empty or null
 * (yaml-cpp's LoadAll), so nothing after it counts, not even its errors.
 */
export function readYaml(source: RulesSource): YamlNode[] {
  if (source.text.length > maxFileLength) {
    throw yamlError(source, 0, `The file has ${source.text.length} characters; at most ${maxFileLength} are read`);
  }
  const documents: YamlNode[] = [];
  const taken = parseDocuments(source);
  for (const document of taken.documents) {
    const error = document.errors.find((error) => !isTaken(error, taken.text));
    if (error) throw yamlError(source, taken.originalOffset(yamlErrorOffset(document, error)), error.message);
    const root = new TreeReader(source, taken.originalOffset).read(document.contents, 0);
    if (root.kind === 'null') break;
    documents.push(root);
  }
  return documents;
}

function parseDocuments(source: RulesSource): TakenText {
  try {
    return parseAsTaken(source.text, isTaken);
  } catch (error) {
    throw yamlError(source, 0, error instanceof Error ? error.message : String(error));
  }
}

/** What the library reports and reads all the same. */
function isTaken(error: YamlError, text: string): boolean {
  return isGluedComment(error) || isQuoteOpenAtEnd(error, text);
}

/** yaml-cpp takes `[a]#comment`; the library reports it and reads it all the same. */
function isGluedComment({ code, message }: YamlError): boolean {
  return code === 'MISSING_CHAR' && message.startsWith('Comments must be separated');
}

/** yaml-cpp takes a quoted scalar that the file's end leaves open behind a line end; the library reports it. */
function isQuoteOpenAtEnd(error: YamlError, text: string): boolean {
  return (
    error.code === 'MISSING_CHAR' &&
    error.message.startsWith('Missing closing') &&
    error.pos[0] >= text.trimEnd().length &&
    /\n[ \t]*$/.test(text)
  );
}

/** Copies the library's nodes into ours and resolves aliases on the way, each in constant time and without copying. */
class TreeReader {
  readonly #source: RulesSource;
  /** The library's offsets are into the text that it took. */
  readonly #original: (offset: number) => number;
  readonly #hasTabs: boolean;
  readonly #anchors = new Map<string, YamlNode | 'open'>();

  constructor(source: RulesSource, original: (offset: number) => number) {
    this.#source = source;
    this.#original = original;
    this.#hasTabs = source.text.includes('\t');
  }

  /** `at`: where the node would stand if it has no place of its own. `indent`: the least column of its further lines. */
  read(node: unknown, at: number, depth = 0, indent = 0): YamlNode {
    const offset = isNode(node) ? (node.range?.[0] ?? at) : at;
    const place = { source: this.#source, offset: this.#original(offset), end: this.#original(offset) };
    if (node === null || node === undefined) return { kind: 'null', ...place };
    if (isAlias(node)) return this.#alias(node.source, place.offset);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) {
      throw yamlError(this.#source, place.offset, 'Unknown kind of YAML node');
    }
    if (depth > maxNesting) throw yamlError(this.#source, place.offset, `Nested deeper than ${maxNesting} levels`);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, 'open');
    const made = this.#copy(node, offset, depth, indent);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, made);
    return made;
  }

  #copy(node: Node, offset: number, depth: number, indent: number): YamlNode {
    const end = this.#original(node.range?.[1] ?? offset);
    const place = { source: this.#source, offset: this.#original(offset), end };
    if (isScalar(node)) return this.#scalar(node, place, indent);
    const within = this.#indentWithin(node, place.offset);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, offset, depth + 1, within));
      return { kind: 'sequence', ...place, items };
    }
    if (!isMap(node)) throw yamlError(this.#source, place.offset, 'Unknown kind of YAML node');
    const entries: YamlEntry[] = [];
    for (const { key: keyNode, value: valueNode } of node.items) {
      const key = this.read(keyNode, offset, depth + 1, within);
      // Falco's schema check converts every key to text before anything else is read.
      if (key.kind === 'sequence' || key.kind === 'map')
        throw yamlError(this.#source, key.offset, 'bad conversion: a key must be a scalar');
      const keyEnd = isNode(keyNode) ? (keyNode.range?.[1] ?? offset) : offset;
      entries.push({ key, value: this.read(valueNode, keyEnd, depth + 1, within) });
    }
    return { kind: 'map', ...place, entries };
  }

  /** Of the lines of scalars right inside a collection; flow collections ask for none. */
  #indentWithin(node: Node, offset: number): number {
    if (!this.#hasTabs || !isCollection(node) || node.flow) return 0;
    const [first] = node.items;
    // What stands before the key makes the column.
    if (isPair(first) && isNode(first.key) && (first.key.tag ?? (isAlias(first.key) ? '' : first.key.anchor))) return 0;
    return columnOf(this.#source.text, offset) + 1;
  }

  #scalar(node: Scalar, place: { source: RulesSource; offset: number; end: number }, indent: number): YamlNode {
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
    const style = styles[node.type ?? 'PLAIN'] ?? 'plain';
    if (style === 'plain' && indent > 0 && place.end > place.offset) {
      const tab = illegalTabAt(this.#source.text, place.offset, place.end, indent);
      if (tab !== undefined) throw yamlError(this.#source, tab, 'illegal tab when looking for indentation');
    }
    if (style === 'plain' && node.tag === undefined && nulls.has(text)) return { kind: 'null', ...place };
    return { kind: 'scalar', ...place, text, style };
  }

  #alias(name: string, offset: number): YamlNode {
    const target = this.#anchors.get(name);
    if (target === undefined) throw yamlError(this.#source, offset, `The referenced anchor '${name}' is not defined`);
    if (target === 'open') throw yamlError(this.#source, offset, `The alias '${name}' names a node that it stands in`);
    return target;
  }
}

function yamlError(source: RulesSource, offset: number, message: string): LoadError {
  return new LoadError(
    'LOAD_ERR_YAML_PARSE',
    message,
    Context.ofFile(source).child('value for', '', { source, offset, length: 1 }),
  );
}
