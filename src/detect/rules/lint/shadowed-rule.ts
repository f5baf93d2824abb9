import type { Expr } from '../condition/ast.ts';
import { printExpr } from '../condition/print.ts';
import type { RulesFinding } from '../engine.ts';
import { measure } from '../load/macros.ts';
import type { Lint } from './lint.ts';

/** Larger conditions are not compared: printing them for every pair of rules would take too long. */
const maxNodes = 2000;

/** The ways in which a condition can hold, each the set of checks that must hold at once. */
type Ways = readonly ReadonlySet<string>[];

export const shadowedRule: Lint = {
  code: 'LINT_SHADOWED_RULE',
  about: 'A rule whose every event is taken by a rule before it: with rule_matching: first it never alerts.',
  check({ rules }): readonly RulesFinding[] {
    const ways = rules.map(({ loadable }) => waysOf(loadable.expr));
    return rules.flatMap((rule, i) => {
      const shadowing = rules.find(
        (earlier, k) => k < i && earlier.source === rule.source && implies(ways[i]!, ways[k]!),
      );
      if (!shadowing) return [];
      const message = `With rule_matching: first this rule never alerts: every event of it is taken by rule '${shadowing.name}' before it`;
      return [rule.loadable.rule.context.finding(this.code, message)];
    });
  },
};

/** True when whatever makes the one hold makes the other hold: a weaker set of checks for every way. */
function implies(one: Ways, other: Ways): boolean {
  return one.length > 0 && one.every((way) => other.some((weaker) => [...weaker].every((check) => way.has(check))));
}

function waysOf(expr: Expr): Ways {
  if (measure(expr).nodes > maxNodes) return [];
  const alternatives = expr.kind === 'or' ? expr.children : [expr];
  return alternatives.map((alternative) => new Set(conjunctsOf(alternative).map(printExpr)));
}

function conjunctsOf(expr: Expr): readonly Expr[] {
  return expr.kind === 'and' ? expr.children.flatMap(conjunctsOf) : [expr];
}
