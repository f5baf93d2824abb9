import type { RulesSource } from '../load/rules-source.ts';
import type { YamlEntry, YamlNode } from '../load/yaml-node.ts';
import { Scanner } from './scanner.ts';
import { TagDirectives } from './tag-directives.ts';
import { YamlError } from './yaml-error.ts';
import type { MarkKind, YamlToken } from './yaml-token.ts';

/** Collections inside collections: yaml-cpp's own limit. */
export const maxNesting = 498;

const nulls = new Set(['', '~', 'null', 'Null', 'NULL']);

/**
 * A text's documents as yaml-cpp's LoadAll gives them: up to the first that is empty or null, so that nothing behind it
 * counts, not even its errors. Throws a YamlError.
 */
export function parseDocuments(source: RulesSource): YamlNode[] {
  const scanner = new Scanner(source.text);
  const directives = new TagDirectives();
  const documents: YamlNode[] = [];
  for (;;) {
    directives.read(scanner);
    if (!scanner.peek()) return documents;
    const root = new DocumentParser(source, scanner, directives).parse();
    if (root.kind === 'null') return documents;
    documents.push(root);
  }
}

type FlowKind = 'sequence' | 'map';

/** Reads one document. Aliases share the node that they name. */
class DocumentParser {
  readonly #source: RulesSource;
  readonly #scanner: Scanner;
  readonly #directives: TagDirectives;
  readonly #anchors = new Map<string, YamlNode | 'open'>();
  #depth = 0;

  constructor(source: RulesSource, scanner: Scanner, directives: TagDirectives) {
    this.#source = source;
    this.#scanner = scanner;
    this.#directives = directives;
  }

  parse(): YamlNode {
    if (this.#scanner.peek()?.kind === 'document-start') this.#scanner.pop();
    const root = this.#node(false);
    while (this.#scanner.peek()?.kind === 'document-end') this.#scanner.pop();
    return root;
  }

  /** `inFlowSequence`: right in `[…]`, where a map of one key needs no brackets. */
  #node(inFlowSequence: boolean): YamlNode {
    if (this.#depth > maxNesting) throw new YamlError(this.#scanner.at, `Nested deeper than ${maxNesting} levels`);
    this.#depth++;
    const node = this.#nodeWithin(inFlowSequence);
    this.#depth--;
    return node;
  }

  #nodeWithin(inFlowSequence: boolean): YamlNode {
    const scanner = this.#scanner;
    const first = scanner.peek();
    if (!first) return this.#null(scanner.at);
    if (first.kind === 'value') return this.#pair(first);
    if (first.kind === 'alias') {
      scanner.pop();
      return this.#named(first.name, first.offset);
    }
    const { tag, anchor } = this.#properties();
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const node = this.#content(first, tag, inFlowSequence);
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #content(first: YamlToken, tag: string, inFlowSequence: boolean): YamlNode {
    const scanner = this.#scanner;
    const token = scanner.peek();
    if (!token) return this.#null(first.offset);
    const saysNothing = tag === '' || tag === '?';
    const { kind, offset, end } = token;
    if (kind === 'scalar') {
      scanner.pop();
      const { style, text } = token;
      if (style === 'plain' && saysNothing && nulls.has(text)) return this.#null(offset, end);
      return { kind, source: this.#source, offset, end, text, style };
    }
    if (kind === 'block-sequence-start') return this.#blockSequence(offset);
    if (kind === 'flow-sequence-start') return this.#flowSequence(offset);
    if (kind === 'block-map-start') return this.#blockMap(offset);
    if (kind === 'flow-map-start') return this.#flowMap(offset);
    if (kind === 'key' && inFlowSequence) return this.#pair(token);
    // Nothing stands here; the token belongs to what this stands in.
    if (saysNothing) return this.#null(first.offset);
    return { kind: 'scalar', source: this.#source, offset: first.offset, end: first.end, text: '', style: 'plain' };
  }

  #properties(): { readonly tag: string; readonly anchor: string | undefined } {
    let tag = '';
    let anchor: string | undefined;
    for (let token = this.#scanner.peek(); token; token = this.#scanner.peek()) {
      if (token.kind === 'tag') {
        if (tag !== '') throw new YamlError(token.offset, 'cannot assign multiple tags to the same node');
        tag = this.#directives.translate(token);
      } else if (token.kind === 'anchor') {
        if (anchor !== undefined) throw new YamlError(token.offset, 'cannot assign multiple anchors to the same node');
        anchor = token.name;
      } else break;
      this.#scanner.pop();
    }
    return { tag, anchor };
  }

  #named(name: string, offset: number): YamlNode {
    const node = this.#anchors.get(name);
    if (node === undefined) throw new YamlError(offset, `the referenced anchor is not defined: ${name}`);
    if (node === 'open') throw new YamlError(offset, `The alias '${name}' names a node that it stands in`);
    return node;
  }

  #blockSequence(offset: number): YamlNode {
    const scanner = this.#scanner;
    scanner.pop();
    const items: YamlNode[] = [];
    for (;;) {
      const token = scanner.peek();
      if (token?.kind !== 'block-entry' && token?.kind !== 'block-sequence-end') {
        throw new YamlError(
          token?.offset ?? scanner.at,
          "end of sequence not found: here a '-' of its next item should stand, or what is less indented",
        );
      }
      scanner.pop();
      if (token.kind === 'block-sequence-end') break;
      const next = scanner.peek();
      const isEmpty = next?.kind === 'block-entry' || next?.kind === 'block-sequence-end';
      items.push(isEmpty ? this.#null(token.end) : this.#node(false));
    }
    return { kind: 'sequence', source: this.#source, offset, end: items.at(-1)?.end ?? offset, items };
  }

  #flowSequence(offset: number): YamlNode {
    const scanner = this.#scanner;
    scanner.pop();
    const items: YamlNode[] = [];
    for (;;) {
      const token = scanner.peek() ?? this.#neverClosed('sequence', offset);
      if (token.kind === 'flow-sequence-end') {
        scanner.pop();
        return { kind: 'sequence', source: this.#source, offset, end: token.end, items };
      }
      items.push(this.#node(true));
      this.#flowSeparator('sequence', offset);
    }
  }

  #blockMap(offset: number): YamlNode {
    const scanner = this.#scanner;
    scanner.pop();
    const entries: YamlEntry[] = [];
    for (;;) {
      const token = scanner.peek();
      if (token?.kind === 'block-map-end') break;
      if (token?.kind !== 'key' && token?.kind !== 'value') {
        throw new YamlError(
          token?.offset ?? scanner.at,
          'end of map not found: here its next key should stand, or what is less indented',
        );
      }
      entries.push(this.#entry(token));
    }
    scanner.pop();
    return { kind: 'map', source: this.#source, offset, end: entries.at(-1)?.value.end ?? offset, entries };
  }

  #flowMap(offset: number): YamlNode {
    const scanner = this.#scanner;
    scanner.pop();
    const entries: YamlEntry[] = [];
    for (;;) {
      const token = scanner.peek() ?? this.#neverClosed('map', offset);
      if (token.kind === 'flow-map-end') {
        scanner.pop();
        return { kind: 'map', source: this.#source, offset, end: token.end, entries };
      }
      entries.push(this.#entry(token));
      this.#flowSeparator('map', offset);
    }
  }

  /** In `[…]`: a map of one key, or of none and a value. */
  #pair(token: YamlToken): YamlNode {
    const entry = this.#entry(token);
    const { offset } = token;
    return { kind: 'map', source: this.#source, offset, end: entry.value.end, entries: [entry] };
  }

  #entry(token: YamlToken): YamlEntry {
    const scanner = this.#scanner;
    if (token.kind === 'key') scanner.pop();
    const key = token.kind === 'key' ? this.#node(false) : this.#null(token.offset);
    const hasValue = scanner.peek()?.kind === 'value';
    if (hasValue) scanner.pop();
    const value = hasValue ? this.#node(false) : this.#null(key.end);
    return { key, value };
  }

  #flowSeparator(kind: FlowKind, offset: number): void {
    const token = this.#scanner.peek() ?? this.#neverClosed(kind, offset);
    if (token.kind === 'flow-entry') this.#scanner.pop();
    else if (token.kind !== (`flow-${kind}-end` satisfies MarkKind)) {
      // Of a bracket that was forgotten, the first thing that cannot stand in it comes lines later.
      if (this.#source.text.slice(offset, token.offset).includes('\n')) this.#neverClosed(kind, offset);
      const message = `end of ${kind} flow not found: here a ',' or a '${kind === 'map' ? '}' : ']'}' should stand`;
      throw new YamlError(token.offset, message);
    }
  }

  #neverClosed(kind: FlowKind, offset: number): never {
    throw new YamlError(offset, `This '${kind === 'map' ? '{' : '['}' is never closed`);
  }

  #null(offset: number, end = offset): YamlNode & { readonly kind: 'null' } {
    return { kind: 'null', source: this.#source, offset, end };
  }
}
