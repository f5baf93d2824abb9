import { atLeast } from '../../alert/priority.ts';
import { present } from '../../base/present.ts';
import type { LogEvent, LogFormat } from '../formats/format.ts';
import type { Expr } from './condition/ast.ts';
import { explain } from './condition/explain.ts';
import { printExpr } from './condition/print.ts';
import type { CompiledRule, EngineOptions, RuleEngine, RuleSelection, RulesFinding, RuleSet } from './engine.ts';
import { FormatEngine } from './format-engine.ts';
import { lintRules } from './lint/registry.ts';
import type { CompiledCollection, LoadableRule } from './load/compile-rules.ts';
import { selectRules } from './load/select-rules.ts';
import { compareBytes } from './message/json-line.ts';
import { SourceHead } from './source-head.ts';

/** The passes' result, ready to become engines. */
export class CompiledRuleSet implements RuleSet {
  readonly rules: readonly ShownRule[];
  readonly lists: RuleSet['lists'];
  readonly macros: RuleSet['macros'];
  /** In the order in which an event meets them. */
  readonly #running: readonly ShownRule[];
  readonly #options: EngineOptions;
  readonly #heads = new Map<string, SourceHead>();

  constructor({ lists, macros, rules }: CompiledCollection, options: EngineOptions) {
    this.#options = options;
    const threshold = options.priority ?? 'Debug';
    const shown = rules.map((rule) => new ShownRule(rule));
    const asked = inTurn(shown, options.selection ?? []);
    for (const rule of shown) rule.enabled &&= atLeast(rule.priority, threshold);
    this.rules = shown;
    this.#running = asked.filter(({ enabled }) => enabled);
    this.lists = lists.map(({ name, items }) => ({ name, items }));
    this.macros = macros.map(({ name, expr }) => new ShownMacro(name, expr));
  }

  engine<E extends LogEvent>(format: LogFormat<E>): RuleEngine<E> {
    const running = this.#running.filter(({ source }) => source === format.eventSource);
    return new FormatEngine(running, format, this.#options, this.#head(format.eventSource));
  }

  explain<E extends LogEvent>(rule: string, format: LogFormat<E>, event: E): ReturnType<RuleSet['explain']> {
    const known = this.rules.find(({ name, source }) => name === rule && source === format.eventSource);
    if (known === undefined) return undefined;
    const head = this.#newHead(format.eventSource);
    head.next(event);
    return explain(known.loadable.condition, format, event, head);
  }

  #head(name: string): SourceHead {
    const known = this.#heads.get(name);
    if (known !== undefined) return known;
    const head = this.#newHead(name);
    this.#heads.set(name, head);
    return head;
  }

  #newHead(name: string): SourceHead {
    const source = this.#options.sources.find((source) => source.name === name);
    return new SourceHead(name, source?.plugin.name ?? '', this.#options.hostname ?? '');
  }

  lint(formats: readonly LogFormat[]): readonly RulesFinding[] {
    return lintRules({
      rules: this.#running,
      lists: new Set(this.lists.map(({ name }) => name)),
      sources: this.#options.sources,
      formats,
    });
  }
}

/**
 * Applies the selection. Falco puts a rule that an entry enables behind those that are enabled already; the order of
 * several that one entry enables it leaves open, here it is that of their definition.
 */
function inTurn(rules: readonly ShownRule[], selection: readonly RuleSelection[]): readonly ShownRule[] {
  let asked = rules.filter(({ enabled }) => enabled);
  const steps = selection.flatMap(({ action, rule, tag }) => [present({ action, rule }), present({ action, tag })]);
  for (const step of steps) {
    selectRules(rules, [step]);
    const before = new Set(asked);
    asked = [...asked, ...rules.filter((rule) => !before.has(rule))].filter(({ enabled }) => enabled);
  }
  return asked;
}

/** A rule as people see it. Its condition is printed when somebody asks: macros can make it long. */
export class ShownRule implements CompiledRule {
  readonly loadable: LoadableRule;
  readonly name: string;
  readonly desc: string;
  readonly priority: CompiledRule['priority'];
  readonly source: string;
  readonly tags: readonly string[];
  readonly output: string;
  readonly at: CompiledRule['at'];
  enabled: boolean;

  constructor(loadable: LoadableRule) {
    const { rule, output } = loadable;
    this.loadable = loadable;
    this.name = rule.name;
    this.desc = rule.desc;
    this.priority = rule.priority;
    this.source = rule.source;
    this.tags = [...rule.tags].sort(compareBytes);
    this.output = output.text;
    this.at = rule.context.position;
    this.enabled = rule.enabled;
  }

  get condition(): string {
    return printExpr(this.loadable.expr);
  }
}

class ShownMacro {
  readonly name: string;
  readonly #expr: Expr;

  constructor(name: string, expr: Expr) {
    this.name = name;
    this.#expr = expr;
  }

  get condition(): string {
    return printExpr(this.#expr);
  }
}
