import { type Document, isMap, isSeq, visit } from 'yaml';

/**
 * Where a person looks for what the `yaml` library reports: of a `[` or `{` that is never closed, where it opens. The library
 * points to where it missed the end, mostly behind the last line of the file.
 */
export function yamlErrorOffset(
  document: Document.Parsed | Document,
  { message, pos: [at] }: { readonly message: string; readonly pos: readonly [number, number] },
): number {
  const kind = /^Flow (map|sequence) (?:in block collection must|must end)/.exec(message)?.[1];
  if (kind === undefined) return at;
  let opens = at;
  visit(document, {
    Collection(_key, node) {
      const isOfKind = kind === 'map' ? isMap(node) : isSeq(node);
      // Of several that end there, the first error is about the innermost.
      if (isOfKind && node.flow && node.range?.[1] === at) opens = node.range[0];
    },
  });
  return opens;
}
