import { type Glob, compileGlob, matchesGlob } from './glob.ts';
import { escapeByte } from './literals.ts';

/**
 * `pmatch`: true when any of the paths is a prefix of the value, segment by segment. Empty segments do not count, so
 * leading, trailing and double slashes do not matter, and `/` is a prefix of everything. A segment with `?`, `*` or `[`
 * is a glob. The paths form a trie, as in Falco's path_prefix_map; a path that extends another one is dropped.
 */
export interface PathTree {
  /** True where a path ends: everything below is matched. */
  readonly complete: boolean;
  readonly literal: ReadonlyMap<string, PathTree>;
  /** In the order in which Falco tries them; see `ambiguous`. */
  readonly globs: readonly { readonly glob: Glob | undefined; readonly below: PathTree }[];
}

interface Node {
  complete: boolean;
  readonly literal: Map<string, Node>;
  readonly globs: Map<string, Node>;
}

export function compilePaths(paths: readonly string[]): PathTree {
  const root = newNode();
  for (const path of paths) addPath(root, splitPath(path));
  return freeze(root);
}

/**
 * True where two globs stand at one level: `a*` above `c`, and `*` above `d`. Falco advances its cursor when the first
 * one fits but what is below does not, and so misses what the second would match; which is first depends on the order of
 * a hash table. We try the later one first, as its table does with two of them, and `check.ts` warns.
 */
export function isAmbiguous(tree: PathTree): boolean {
  return (
    tree.globs.length > 1 ||
    tree.globs.some(({ below }) => isAmbiguous(below)) ||
    [...tree.literal.values()].some(isAmbiguous)
  );
}

/**
 * A regular expression that matches what the tree matches; undefined for a tree with globs. It is anchored and never
 * has two ways to match the same text.
 *
 *   /a/b, /c     ^/*(?:a/+(?:b(?:/|$))|c(?:/|$))
 */
export function pathsPattern(tree: PathTree): RegExp | undefined {
  const source = writePattern(tree);
  return source === undefined || source.length > maxPatternLength ? undefined : new RegExp(`^/*${source}`);
}

/** Longer ones are not worth it: V8 does not optimise them. */
const maxPatternLength = 10_000;

function writePattern(tree: PathTree): string | undefined {
  if (tree.complete) return '';
  if (tree.globs.length > 0 || tree.literal.size === 0) return undefined;
  const branches = [...tree.literal].map(([segment, below]) => {
    const rest = below.complete ? '(?:/|$)' : writePattern(below);
    return rest === undefined
      ? undefined
      : Array.from(segment, escapeByte).join('') + (below.complete ? rest : `/+${rest}`);
  });
  return branches.includes(undefined) ? undefined : `(?:${branches.join('|')})`;
}

export function matchesPaths(tree: PathTree, value: string): boolean {
  return matchesFrom(tree, splitPath(value), 0);
}

function matchesFrom(tree: PathTree, segments: readonly string[], from: number): boolean {
  if (tree.complete) return true;
  const segment = segments[from];
  if (segment === undefined) return false;
  const literal = tree.literal.get(segment);
  if (literal && matchesFrom(literal, segments, from + 1)) return true;
  let at = from;
  for (const { glob, below } of tree.globs) {
    const current = segments[at];
    if (current === undefined) return false;
    if (!glob || !matchesGlob(glob, current)) continue;
    at++;
    if (matchesFrom(below, segments, at)) return true;
  }
  return false;
}

function splitPath(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function newNode(): Node {
  return { complete: false, literal: new Map(), globs: new Map() };
}

function addPath(root: Node, segments: readonly string[]): void {
  let node = root;
  for (const [index, segment] of segments.entries()) {
    if (node.complete) return;
    const children = /[?*[]/.test(segment) ? node.globs : node.literal;
    const next = children.get(segment) ?? newNode();
    // Falco takes out what a whole path replaces, so that it becomes the latest.
    if (index === segments.length - 1) children.delete(segment);
    children.set(segment, next);
    node = next;
  }
  node.complete = true;
  node.literal.clear();
  node.globs.clear();
}

function freeze(node: Node): PathTree {
  return {
    complete: node.complete,
    literal: new Map([...node.literal].map(([segment, child]) => [segment, freeze(child)])),
    globs: [...node.globs]
      .map(([pattern, child]) => ({ glob: compileGlob(pattern, false), below: freeze(child) }))
      .reverse(),
  };
}
