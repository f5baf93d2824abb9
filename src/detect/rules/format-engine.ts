import type { Alert } from '../../alert/alert.ts';
import type { LineOrigin, LogEvent, LogFormat } from '../formats/format.ts';
import type { CheckedCondition } from './condition/checked.ts';
import { type CompiledCondition, compileCondition } from './condition/compile.ts';
import { FieldTable } from './condition/field-table.ts';
import { tieredRuleSet } from './condition/tiers.ts';
import type { EngineOptions, Match, OutputEnding, QuietLines, RuleEngine, Suspect } from './engine.ts';
import { type CaughtLine, EventAtHand } from './event-at-hand.ts';
import type { EventHead } from './generic-fields.ts';
import { planOf, RuleSpeaker, timeFieldOf } from './message/rule-speaker.ts';
import { LineTexts } from './quiet/line-texts.ts';
import type { OutputComposer } from './quiet/output-composer.ts';
import { packFilter, unpackFilter } from './quiet/packed-filter.ts';
import {
  compileQuietFilter,
  type FilteredRules,
  type FilterParts,
  type QuietFilter,
  runFilter,
} from './quiet/quiet-filter.ts';
import type { ShownRule } from './shown-rule.ts';
import type { SourceHead } from './source-head.ts';

const noMatches: readonly Match[] = Object.freeze([]);
const noAlerts: readonly Alert[] = Object.freeze([]);
const noSuspects: readonly Suspect[] = Object.freeze([]);

/** Runs the enabled rules of one event source on the events of one format. */
export class FormatEngine<E extends LogEvent> implements RuleEngine<E> {
  /** Made when there is an event of which nothing is known. */
  #match: ((event: E, head: EventHead) => readonly number[]) | undefined;
  readonly #rules: readonly ShownRule[];
  readonly #format: LogFormat<E>;
  readonly #options: EngineOptions;
  readonly #head: SourceHead;
  readonly #first: boolean;
  /** By rule, compiled when it is first suspected without certainty. */
  readonly #conditions: (CompiledCondition<E> | undefined)[] = [];
  /** By rule, made when it first matches; each in an array, the answer where it alone matches. */
  readonly #made: (readonly [RuleSpeaker<E>] | undefined)[] = [];
  readonly #at: EventAtHand<E>;

  constructor(rules: readonly ShownRule[], format: LogFormat<E>, options: EngineOptions, head: SourceHead) {
    this.#rules = rules;
    this.#format = format;
    this.#options = options;
    this.#head = head;
    this.#at = new EventAtHand(format, head, timeFieldOf(options));
    this.#first = (options.ruleMatching ?? 'first') === 'first';
  }

  matches(event: E, suspects?: readonly Suspect[]): readonly Match[] {
    const head = this.#head;
    head.next(event);
    const matched = suspects === undefined ? this.#met(event, head) : this.#convicted(suspects, event, head);
    if (matched.length === 0) return noMatches;
    this.#at.setEvent(event);
    return this.#speakers(matched);
  }

  /** The rules that the event meets. */
  #met(event: E, head: EventHead): readonly number[] {
    const mode = this.#first ? 'first' : 'all';
    this.#match ??= tieredRuleSet(this.#allConditions(), this.#format, mode);
    return this.#match(event, head);
  }

  #matchesOf(line: CaughtLine, suspects: readonly Suspect[], composer: OutputComposer): readonly Match[] | undefined {
    const [first] = suspects;
    if (first === undefined || !(this.#first ? first.certain : suspects.every(({ certain }) => certain)))
      return undefined;
    this.#at.setLine(line, composer);
    this.#head.next(this.#at);
    return this.#first ? this.#speaker(first.rule) : this.#speakers(suspects.map(({ rule }) => rule));
  }

  /** As `#met`, of the suspects only. */
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
    return (this.#conditions[rule] ??= compileCondition(this.#rules[rule]!.body.condition, this.#format));
  }

  #allConditions(): readonly CheckedCondition[] {
    return this.#rules.map(({ body }) => body.condition);
  }

  quietLines(geo: LineOrigin['geo'], ending?: OutputEnding): QuietLines | undefined {
    const texts = new LineTexts(this.#format.fields, geo);
    const parts = this.#filterParts(geo, texts, ending);
    if (parts === undefined) return undefined;
    const filter = runFilter(parts, texts);
    return new CountedLines(filter, this.#head, (line, suspects) => this.#matchesOf(line, suspects, filter.composer));
  }

  /** As they were kept, or compiled and kept. */
  #filterParts(geo: LineOrigin['geo'], texts: LineTexts<E>, ending: OutputEnding | undefined): FilterParts | undefined {
    const { keptFilters, sources } = this.#options;
    const name = ending === undefined ? this.#format.name : `${this.#format.name}-${ending.name}`;
    const rules: FilteredRules = {
      count: this.#rules.length,
      conditions: () => this.#allConditions(),
      output: memoized((rule) => planOf(this.#rules[rule]!, this.#format, this.#options, ending)),
    };
    const kept = keptFilters?.find(name);
    if (kept !== undefined) {
      const source = sources.find((one) => one.name === this.#format.eventSource);
      return unpackFilter(kept, rules, this.#format, geo, texts, new FieldTable(source?.fields ?? []));
    }
    const compiled = compileQuietFilter(rules, this.#format, geo);
    const packed = compiled && keptFilters && packFilter(compiled);
    if (packed !== undefined) keptFilters?.keep(name, packed);
    return compiled;
  }

  evaluate(event: E): readonly Alert[] {
    const matches = this.matches(event);
    return matches.length === 0 ? noAlerts : matches.map((match) => match.alert());
  }

  #speakers(rules: readonly number[]): readonly RuleSpeaker<E>[] {
    return rules.length === 1 ? this.#speaker(rules[0]!) : rules.flatMap((rule) => this.#speaker(rule));
  }

  #speaker(rule: number): readonly [RuleSpeaker<E>] {
    const made = this.#made[rule];
    if (made !== undefined) return made;
    const speaker = [new RuleSpeaker(this.#rules[rule]!, rule, this.#format, this.#options, this.#at)] as const;
    this.#made[rule] = speaker;
    return speaker;
  }
}

/** By rule. */
function memoized<T>(make: (rule: number) => T): (rule: number) => T {
  const made = new Map<number, T>();
  return (rule) => {
    if (!made.has(rule)) made.set(rule, make(rule));
    return made.get(rule)!;
  };
}

const carriageReturn = 0x0d;

type MatchesOfLine = (line: CaughtLine, suspects: readonly Suspect[]) => readonly Match[] | undefined;

class CountedLines implements QuietLines {
  passed = 0;
  suspects: readonly Suspect[] | undefined;
  readonly #filter: QuietFilter;
  readonly #head: SourceHead;
  readonly #matchesOf: MatchesOfLine;
  /** Where the line begins that the last call stopped at. */
  #bytes: Buffer | undefined;
  #start = 0;

  constructor(filter: QuietFilter, head: SourceHead, matchesOf: MatchesOfLine) {
    this.#filter = filter;
    this.#head = head;
    this.#matchesOf = matchesOf;
  }

  pass(bytes: Buffer, at: number): number {
    this.#bytes = undefined;
    if (this.#head.num === 0) return this.#first(bytes, at);
    const next = this.#filter.next(bytes, at, this.#head.num);
    this.passed = this.#filter.passed;
    this.suspects = this.#filter.suspects;
    this.#head.num += this.passed;
    this.#bytes = bytes;
    this.#start = next;
    return next;
  }

  get lineEnd(): number {
    return this.#filter.lineEnd;
  }

  matches(origin: LineOrigin, number: number): readonly Match[] | undefined {
    const { suspects } = this;
    const bytes = this.#bytes;
    if (suspects === undefined || bytes === undefined) return undefined;
    const { lineEnd } = this;
    const end = bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd;
    return this.#matchesOf({ bytes, start: this.#start, end, origin, number }, suspects);
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
