import type { RuleSelection } from '../engine.ts';

interface Selectable {
  readonly name: string;
  readonly tags: readonly string[];
  enabled: boolean;
}

/**
 * Applies falco.yaml's `rules:` entries, in order, over each rule's own `enabled`. The rules keep their place; Falco
 * moves a rule that it enables again behind the others, in an order it leaves open.
 */
export function selectRules(rules: readonly Selectable[], selection: readonly RuleSelection[]): void {
  for (const { action, rule: pattern, tag } of selection) {
    for (const rule of rules) {
      const named = pattern !== undefined && matchesWildcard(pattern, rule.name);
      if (named || (tag !== undefined && rule.tags.includes(tag))) rule.enabled = action === 'enable';
    }
  }
}

/** True when the pattern, its `*` standing for any text, is the whole value. */
export function matchesWildcard(pattern: string, value: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === value;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}
