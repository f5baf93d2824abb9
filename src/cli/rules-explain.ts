import { didYouMean } from '../base/did-you-mean.ts';
import { printable } from '../base/printable.ts';
import type { Expr } from '../detect/rules/condition/ast.ts';
import { parseCondition } from '../detect/rules/condition/parse.ts';
import { printExpr } from '../detect/rules/condition/print.ts';
import { matchesWildcard } from '../detect/rules/load/select-rules.ts';
import { findingsAsText } from '../detect/rules/load/results.ts';
import type { CompiledRule } from '../detect/rules/engine.ts';
import { type ExitCode, WrongInput } from './command.ts';
import type { Machine } from './machine.ts';
import { loadForLoadBalancers, namedRules } from './named-rules.ts';
import type { RulesExplainOptions } from './rules.ts';

/** `rules explain`: each rule of that name as it runs. */
export async function explainRules(machine: Machine, name: string, { rules }: RulesExplainOptions): Promise<ExitCode> {
  const { files, ruleSet } = loadForLoadBalancers(await namedRules(rules ?? [], machine));
  if (!ruleSet) throw new WrongInput(`the rules cannot be used:\n${findingsAsText(files)}`);
  const wanted = name.toLowerCase();
  const found = ruleSet.rules.filter((rule) => matchesWildcard(wanted, rule.name.toLowerCase()));
  if (found.length === 0) throw new WrongInput(`no rule is called "${printable(name)}"${similar(name, ruleSet.rules)}`);
  await machine.out.write(found.map((rule) => ruleText(rule)).join('\n'));
  return 0;
}

function ruleText({ name, desc, at, priority, enabled, tags, condition, output }: CompiledRule): string {
  const lines = [
    `${name}  (${at.file}:${at.line})`,
    `  ${desc.trim().replaceAll(/\s+/g, ' ')}`,
    `  priority   ${priority}${enabled ? '' : ', not enabled'}`,
    `  tags       ${tags.join(', ')}`,
    '  condition',
    ...conditionLines(condition).map((line) => `    ${line}`),
    `  output     ${output}`,
  ];
  return `${lines.map((line) => printable(line)).join('\n')}\n`;
}

/** The canonical text, each part of an `and` or `or` on a line of its own, parentheses indented. */
function conditionLines(condition: string): string[] {
  const parsed = parseCondition(condition);
  return parsed.ok ? layOut(parsed.expr) : [condition];
}

function layOut(expr: Expr): string[] {
  if (expr.kind !== 'and' && expr.kind !== 'or') {
    if (expr.kind !== 'not' || !isJunction(expr.child)) return [printExpr(expr)];
    return ['not (', ...layOut(expr.child).map((line) => `  ${line}`), ')'];
  }
  return expr.children.flatMap((child, i) => {
    const lines = isJunction(child) ? ['(', ...layOut(child).map((line) => `  ${line}`), ')'] : layOut(child);
    return i === 0 ? lines : [`${expr.kind} ${lines[0] ?? ''}`, ...lines.slice(1)];
  });
}

function isJunction({ kind }: Expr): boolean {
  return kind === 'and' || kind === 'or';
}

function similar(wanted: string, rules: readonly CompiledRule[]): string {
  const names = rules.map(({ name }) => name);
  const near = names.filter((name) => name.toLowerCase().includes(wanted.toLowerCase()));
  return near.length === 0
    ? didYouMean(wanted, names)
    : `; these have it in their name: ${near.slice(0, 5).join(', ')}`;
}
