import { type Alert, alertId } from '../../alert/alert.ts';
import { alertTimeOfNs } from '../../alert/alert-time.ts';
import type { LogEvent, LogFormat } from '../formats/format.ts';
import { compileRuleSet } from './condition/compile.ts';
import { type ExplainedCheck, explain } from './condition/explain.ts';
import type { ShownRule } from './compiled-rule-set.ts';
import type { EngineOptions, RuleEngine } from './engine.ts';
import { type EventHead, genericFields } from './generic-fields.ts';
import type { ExtraField } from './load/outputs.ts';
import { OutputWriter, type ShownField } from './message/output-writer.ts';
import { FieldShow, type Occurrence } from './message/show-field.ts';

const none: readonly Alert[] = Object.freeze([]);

/** Runs the enabled rules of one event source on the events of one format. */
export class FormatEngine<E extends LogEvent> implements RuleEngine<E> {
  readonly #match: (event: E, head: EventHead) => readonly number[];
  readonly #rules: readonly RuleSpeaker<E>[];
  readonly #head: CurrentHead;
  readonly #shown: readonly ShownRule[];
  readonly #format: LogFormat<E>;

  constructor(rules: readonly ShownRule[], format: LogFormat<E>, options: EngineOptions) {
    this.#shown = rules;
    this.#format = format;
    const conditions = rules.map(({ loadable }) => loadable.condition);
    this.#match = compileRuleSet(conditions, format, options.ruleMatching ?? 'first');
    this.#rules = rules.map((rule) => new RuleSpeaker(rule, format, options));
    const source = options.sources.find(({ name }) => name === format.eventSource);
    this.#head = new CurrentHead(format.eventSource, source?.plugin.name ?? '', options.hostname ?? '');
  }

  evaluate(event: E): readonly Alert[] {
    const head = this.#head;
    head.next(event);
    const matched = this.#match(event, head);
    return matched.length === 0 ? none : matched.map((i) => this.#rules[i]!.speak({ event, head }));
  }

  explain(event: E, name: string): readonly ExplainedCheck[] {
    const rule = this.#shown.find((rule) => rule.name === name);
    return rule ? explain(rule.loadable.condition, this.#format, event, this.#head).checks : [];
  }
}

/** What the engine knows of the event at hand. Times are read only when a rule asks. */
class CurrentHead implements EventHead {
  num = 0;
  readonly source: string;
  readonly pluginName: string;
  readonly hostname: string;
  #event: LogEvent | undefined;
  #first: LogEvent | undefined;

  constructor(source: string, pluginName: string, hostname: string) {
    this.source = source;
    this.pluginName = pluginName;
    this.hostname = hostname;
  }

  next(event: LogEvent): void {
    this.num++;
    this.#event = event;
    this.#first ??= event;
  }

  get timeNs(): bigint {
    return this.#event?.timeNs ?? 0n;
  }

  get firstTimeNs(): bigint {
    return this.#first?.timeNs ?? 0n;
  }

  get summary(): string {
    return this.#event?.raw ?? '';
  }
}

/** Makes a rule's alerts. */
class RuleSpeaker<E extends LogEvent> {
  readonly #rule: ShownRule;
  readonly #hostname: string | undefined;
  readonly #time: ShownField<Occurrence<E>>;
  readonly #timeText: (head: EventHead) => string;
  readonly #writer: OutputWriter<Occurrence<E>>;

  constructor(rule: ShownRule, format: LogFormat<E>, options: EngineOptions) {
    const { output, extraFields } = rule.loadable;
    const show = new FieldShow(format);
    const timeField = genericFields.find(
      ({ name }) => name === (options.timeFormatIso8601 ? 'evt.time.iso8601' : 'evt.time'),
    )!;
    this.#rule = rule;
    this.#hostname = options.hostname;
    this.#timeText = (head) => String(timeField.read(head));
    this.#time = show.field({ key: timeField.name, spec: timeField, arg: undefined });
    const template = output.template.map((part) => {
      return typeof part === 'string' ? part : { width: part.width, field: show.token(part.field) };
    });
    this.#writer = new OutputWriter(template, [this.#time, ...extraFields.map((extra) => shownExtra(extra, show))]);
  }

  speak(at: Occurrence<E>): Alert {
    const { name, priority, source, tags } = this.#rule;
    return {
      id: alertId(at.event.eventId, name),
      time: alertTimeOfNs(at.head.timeNs) ?? '1970-01-01T00:00:00.000000000Z',
      rule: name,
      priority,
      source,
      output: `${this.#timeText(at.head)}: ${priority} ${this.#writer.text(at)}`,
      ...(this.#hostname !== undefined && { hostname: this.#hostname }),
      tags,
      fields: this.#writer.fields(at),
    };
  }
}

/** A raw field keeps its type; it is null where the asked-for text is more than a field. */
function shownExtra<E>({ key, raw, template }: ExtraField, show: FieldShow<E>): ShownField<Occurrence<E>> {
  const parts = template.map((part) =>
    typeof part === 'string' ? part : { width: part.width, field: show.token(part.field) },
  );
  const writer = new OutputWriter(parts, []);
  return { key, json: (at) => (raw ? (writer.fields(at)[key] ?? null) : writer.text(at)) };
}
