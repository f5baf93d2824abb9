import type { RuleSelection } from '../engine.ts';

interface Selectable {
  readonly name: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
}

/**
 * Applies falco.yaml's `rules:` entries, in order, over each rule's own `enabled`. The rules keep their place; Falco
 * moves a rule that it enables again behind the others, in an order it leaves open.
 */
export function selectRules<R extends Selectable>(rules: readonly R[], selection: readonly RuleSelection[]): R[] {
  return rules.map((rule) => {
    let { enabled } = rule;
    for (const { action, rule: pattern, tag } of selection) {
      const named = pattern !== undefined && matchesWildcard(pattern, rule.name);
      if (named || (tag !== undefined && rule.tags.includes(tag))) enabled = action === 'enable';
    }
    return enabled === rule.enabled ? rule : { ...rule, enabled };
  });
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
