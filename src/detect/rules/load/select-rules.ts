import type { RuleSelection } from '../engine.ts';

interface Selectable {
  readonly name: string;
  readonly tags: readonly string[];
  enabled: boolean;
}

/** Applies falco.yaml's `rules:` entries, in order, over each rule's own `enabled`. */
export function selectRules(rules: readonly Selectable[], selection: readonly RuleSelection[]): void {
  for (const { action, rule: pattern, tag } of selection) {
    for (const rule of rules) {
      const named = pattern !== undefined && matchesWildcard(pattern, rule.name);
      if (named || (tag !== undefined && rule.tags.includes(tag))) rule.enabled = action === 'enable';
    }
  }
}

/**
 * Whether a pattern, its `*` standing for any text, matches the value, as Falco finds out: each piece is looked for once,
 * where it first stands, so `*a` matches `ba` and not `aa`.
 */
export function matchesWildcard(pattern: string, value: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === value;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = value.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return pattern.endsWith('*') || at === value.length;
}
