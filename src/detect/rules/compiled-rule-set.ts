import type { LogEvent, LogFormat } from '../formats/format.ts';
import type { CompiledRule, EngineOptions, RuleEngine, RuleSet } from './engine.ts';
import { atLeast } from '../../alert/priority.ts';
import type { CompiledCollection, LoadableRule } from './load/compile-rules.ts';
import { selectRules } from './load/select-rules.ts';
import { printExpr } from './condition/print.ts';
import { FormatEngine } from './format-engine.ts';

/** The passes' result, ready to become engines. */
export class CompiledRuleSet implements RuleSet {
  readonly rules: readonly CompiledRule[];
  readonly lists: RuleSet['lists'];
  readonly macros: RuleSet['macros'];
  readonly #options: EngineOptions;
  readonly #loadable: readonly LoadableRule[];

  constructor({ lists, macros, rules }: CompiledCollection, options: EngineOptions) {
    this.#options = options;
    const selected = selectRules(
      rules.map(({ shown }) => shown),
      options.selection ?? [],
    );
    const threshold = options.priority ?? 'Debug';
    this.rules = selected.map((rule) => ({ ...rule, enabled: rule.enabled && atLeast(rule.priority, threshold) }));
    this.#loadable = rules;
    this.lists = lists.map(({ name, items }) => ({ name, items }));
    this.macros = macros.map(({ name, expr }) => ({ name, condition: printExpr(expr) }));
  }

  engine<E extends LogEvent>(format: LogFormat<E>): RuleEngine<E> {
    const running = this.#loadable.filter(
      (rule, i) => this.rules[i]!.enabled && rule.shown.source === format.eventSource,
    );
    return new FormatEngine(running, format, this.#options);
  }
}
