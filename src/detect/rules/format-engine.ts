import type { Alert } from '../../alert/alert.ts';
import type { LineOrigin, LogEvent, LogFormat } from '../formats/format.ts';
import type { ShownRule } from './compiled-rule-set.ts';
import { compileRuleSet } from './condition/compile.ts';
import type { EngineOptions, Match, QuietLines, RuleEngine } from './engine.ts';
import type { EventHead } from './generic-fields.ts';
import { RuleSpeaker } from './message/rule-speaker.ts';
import type { Occurrence } from './message/show-field.ts';
import { compileQuietFilter } from './quiet/quiet-filter.ts';
import type { SourceHead } from './source-head.ts';

const noMatches: readonly Match[] = Object.freeze([]);
const noAlerts: readonly Alert[] = Object.freeze([]);

/** Runs the enabled rules of one event source on the events of one format. */
export class FormatEngine<E extends LogEvent> implements RuleEngine<E> {
  readonly #match: (event: E, head: EventHead) => readonly number[];
  readonly #rules: readonly ShownRule[];
  readonly #format: LogFormat<E>;
  readonly #options: EngineOptions;
  readonly #head: SourceHead;
  /** By rule, made when it first matches; each in an array, the answer where it alone matches. */
  readonly #speakers: (readonly [RuleSpeaker<E>] | undefined)[] = [];
  #at: { event: E; readonly head: EventHead } | undefined;

  constructor(rules: readonly ShownRule[], format: LogFormat<E>, options: EngineOptions, head: SourceHead) {
    this.#rules = rules;
    this.#format = format;
    this.#options = options;
    this.#head = head;
    const conditions = rules.map(({ loadable }) => loadable.condition);
    this.#match = compileRuleSet(conditions, format, options.ruleMatching ?? 'first');
  }

  matches(event: E): readonly Match[] {
    const head = this.#head;
    head.next(event);
    const matched = this.#match(event, head);
    if (matched.length === 0) return noMatches;
    const at = (this.#at ??= { event, head });
    at.event = event;
    if (matched.length === 1) return this.#speaker(matched[0] ?? 0, at);
    return matched.flatMap((rule) => this.#speaker(rule, at));
  }

  quietLines(geo: LineOrigin['geo']): QuietLines | undefined {
    const conditions = this.#rules.map(({ loadable }) => loadable.condition);
    const isQuiet = compileQuietFilter(conditions, this.#format, geo);
    const head = this.#head;
    if (isQuiet === undefined) return undefined;
    return {
      pass(bytes, start, end) {
        // The first event's time is asked for later (evt.reltime), so it has to be made.
        if (head.num === 0 || !isQuiet(bytes, start, end, head.num + 1)) return false;
        head.num++;
        return true;
      },
    };
  }

  evaluate(event: E): readonly Alert[] {
    const matches = this.matches(event);
    return matches.length === 0 ? noAlerts : matches.map((match) => match.alert());
  }

  #speaker(index: number, at: Occurrence<E>): readonly [RuleSpeaker<E>] {
    const made = this.#speakers[index];
    if (made !== undefined) return made;
    const speaker = [new RuleSpeaker(this.#rules[index]!, this.#format, this.#options, at)] as const;
    this.#speakers[index] = speaker;
    return speaker;
  }
}
