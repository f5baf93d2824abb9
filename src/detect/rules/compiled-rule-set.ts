import { atLeast } from '../../alert/priority.ts';
import { present } from '../../base/present.ts';
import type { LogEvent, LogFormat } from '../formats/format.ts';
import { explain } from './condition/explain.ts';
import type { EngineOptions, RuleEngine, RuleSelection, RulesFinding, RuleSet } from './engine.ts';
import { FormatEngine } from './format-engine.ts';
import { lintRules } from './lint/registry.ts';
import { selectRules } from './load/select-rules.ts';
import type { RuleSetParts, ShownRule } from './shown-rule.ts';
import { SourceHead } from './source-head.ts';

/** What loading came to, ready to become engines. */
export class CompiledRuleSet implements RuleSet {
  readonly rules: readonly ShownRule[];
  readonly #parts: RuleSetParts;
  /** In the order in which an event meets them. */
  readonly #running: readonly ShownRule[];
  readonly #options: EngineOptions;
  readonly #heads = new Map<string, SourceHead>();

  constructor(parts: RuleSetParts, options: EngineOptions) {
    this.#parts = parts;
    this.#options = options;
    const threshold = options.priority ?? 'Debug';
    const { rules } = parts;
    const asked = inTurn(rules, options.selection ?? []);
    for (const rule of rules) rule.enabled &&= atLeast(rule.priority, threshold);
    this.rules = rules;
    this.#running = asked.filter(({ enabled }) => enabled);
  }

  get lists(): RuleSet['lists'] {
    return this.#parts.lists;
  }

  get macros(): RuleSet['macros'] {
    return this.#parts.macros;
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
