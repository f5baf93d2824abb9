import type { Alert } from '../../alert/alert.ts';
import type { LineOrigin, LogEvent, LogFormat } from '../formats/format.ts';
import type { ShownRule } from './compiled-rule-set.ts';
import { type CompiledCondition, compileCondition } from './condition/compile.ts';
import { tieredRuleSet } from './condition/tiers.ts';
import type { EngineOptions, Match, QuietLines, RuleEngine, Suspect } from './engine.ts';
import type { EventHead } from './generic-fields.ts';
import { RuleSpeaker } from './message/rule-speaker.ts';
import type { Occurrence } from './message/show-field.ts';
import { type QuietFilter, compileQuietFilter } from './quiet/quiet-filter.ts';
import type { SourceHead } from './source-head.ts';

const noMatches: readonly Match[] = Object.freeze([]);
const noAlerts: readonly Alert[] = Object.freeze([]);
const noSuspects: readonly Suspect[] = Object.freeze([]);

/** Runs the enabled rules of one event source on the events of one format. */
export class FormatEngine<E extends LogEvent> implements RuleEngine<E> {
  readonly #match: (event: E, head: EventHead) => readonly number[];
  readonly #rules: readonly ShownRule[];
  readonly #format: LogFormat<E>;
  readonly #options: EngineOptions;
  readonly #head: SourceHead;
  readonly #first: boolean;
  /** By rule, compiled when it is first suspected without certainty. */
  readonly #conditions: (CompiledCondition<E> | undefined)[] = [];
  /** By rule, made when it first matches; each in an array, the answer where it alone matches. */
  readonly #speakers: (readonly [RuleSpeaker<E>] | undefined)[] = [];
  #at: { event: E; readonly head: EventHead } | undefined;

  constructor(rules: readonly ShownRule[], format: LogFormat<E>, options: EngineOptions, head: SourceHead) {
    this.#rules = rules;
    this.#format = format;
    this.#options = options;
    this.#head = head;
    const conditions = rules.map(({ loadable }) => loadable.condition);
    this.#first = (options.ruleMatching ?? 'first') === 'first';
    this.#match = tieredRuleSet(conditions, format, this.#first ? 'first' : 'all');
  }

  matches(event: E, suspects?: readonly Suspect[]): readonly Match[] {
    const head = this.#head;
    head.next(event);
    const matched = suspects === undefined ? this.#match(event, head) : this.#convicted(suspects, event, head);
    if (matched.length === 0) return noMatches;
    const at = (this.#at ??= { event, head });
    at.event = event;
    if (matched.length === 1) return this.#speaker(matched[0] ?? 0, at);
    return matched.flatMap((rule) => this.#speaker(rule, at));
  }

  /** As `#match`, of the suspects only. */
  #convicted(suspects: readonly Suspect[], event: E, head: EventHead): readonly number[] {
    const convicted: number[] = [];
    for (const { rule, certain } of suspects) {
      if (!certain && !this.#condition(rule)(event, head)) continue;
      convicted.push(rule);
      if (this.#first) break;
    }
    return convicted;
  }

  #condition(rule: number): CompiledCondition<E> {
    return (this.#conditions[rule] ??= compileCondition(this.#rules[rule]!.loadable.condition, this.#format));
  }

  quietLines(geo: LineOrigin['geo']): QuietLines | undefined {
    const conditions = this.#rules.map(({ loadable }) => loadable.condition);
    const filter = compileQuietFilter(conditions, this.#format, geo);
    return filter && new CountedLines(filter, this.#head);
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

class CountedLines implements QuietLines {
  passed = 0;
  suspects: readonly Suspect[] | undefined;
  readonly #filter: QuietFilter;
  readonly #head: SourceHead;

  constructor(filter: QuietFilter, head: SourceHead) {
    this.#filter = filter;
    this.#head = head;
  }

  pass(bytes: Buffer, at: number): number {
    if (this.#head.num === 0) return this.#first(bytes, at);
    const next = this.#filter.next(bytes, at, this.#head.num);
    this.passed = this.#filter.passed;
    this.suspects = this.#filter.suspects;
    this.#head.num += this.passed;
    return next;
  }

  /** The first event's time is asked for later (evt.reltime), so it has to be made, whatever it is suspected of. */
  #first(bytes: Buffer, at: number): number {
    const line = bytes.subarray(at, bytes.indexOf(0x0a, at) + 1 || bytes.length);
    this.#filter.next(line, 0, 0);
    this.passed = 0;
    this.suspects = this.#filter.passed > 0 ? noSuspects : this.#filter.suspects;
    return at;
  }
}
