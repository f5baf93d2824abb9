import { type Alert, alertId, type FieldValue } from '../../../alert/alert.ts';
import { alertTimeOfNs } from '../../../alert/alert-time.ts';
import { textOfBytes } from '../../../base/bytes.ts';
import type { LogEvent, LogFormat } from '../../formats/format.ts';
import type { ShownRule } from '../compiled-rule-set.ts';
import { type ExplainedCheck, explain } from '../condition/explain.ts';
import type { EngineOptions, Match } from '../engine.ts';
import { genericFields } from '../generic-fields.ts';
import type { ExtraField } from '../load/outputs.ts';
import { OutputWriter, type ShownField } from './output-writer.ts';
import { FieldShow, type Occurrence } from './show-field.ts';

/** Speaks for one rule of the event at hand. There is one for each rule of an engine: a match costs no object. */
export class RuleSpeaker<E extends LogEvent> implements Match {
  readonly rule: ShownRule;
  readonly #format: LogFormat<E>;
  readonly #at: Occurrence<E>;
  readonly #hostname: string | undefined;
  readonly #timeText: (at: Occurrence<E>) => string;
  readonly #opening: string;
  readonly #writer: OutputWriter<Occurrence<E>>;

  /** `at` is the engine's: its event and head are those of the event at hand. */
  constructor(rule: ShownRule, format: LogFormat<E>, options: EngineOptions, at: Occurrence<E>) {
    const { output, extraFields } = rule.loadable;
    const show = new FieldShow(format);
    const timeField = genericFields.find(
      ({ name }) => name === (options.timeFormatIso8601 ? 'evt.time.iso8601' : 'evt.time'),
    )!;
    this.rule = rule;
    this.#format = format;
    this.#at = at;
    this.#hostname = options.hostname;
    this.#timeText = ({ head }) => String(timeField.read(head));
    this.#opening = `: ${rule.priority} `;
    const time = show.field({ key: timeField.name, spec: timeField, arg: undefined });
    const template = output.template.map((part) => {
      return typeof part === 'string' ? part : { width: part.width, field: show.token(part.field) };
    });
    this.#writer = new OutputWriter(template, [time, ...extraFields.map((extra) => shownExtra(extra, show))]);
  }

  time(): string {
    return alertTimeOfNs(this.#at.head.timeNs) ?? '1970-01-01T00:00:00.000000000Z';
  }

  get fieldKeys(): readonly string[] {
    return this.#writer.keys;
  }

  field(index: number): FieldValue {
    return this.#writer.field(index, this.#at);
  }

  output(): string {
    return this.#timeText(this.#at) + this.#opening + this.#writer.text(this.#at);
  }

  alert(): Alert {
    const { event } = this.#at;
    const { name, priority, source, tags } = this.rule;
    return {
      id: alertId(event.eventId, name),
      time: this.time(),
      rule: name,
      priority,
      source,
      output: textOfBytes(this.output()),
      ...(this.#hostname !== undefined && { hostname: this.#hostname }),
      tags,
      fields: this.#writer.fields(this.#at),
    };
  }

  explain(): readonly ExplainedCheck[] {
    const { event, head } = this.#at;
    return explain(this.rule.loadable.condition, this.#format, event, head).checks;
  }
}

/** A raw field keeps its type; it is null where the asked-for text is more than a field. */
function shownExtra<E>({ key, raw, template }: ExtraField, show: FieldShow<E>): ShownField<Occurrence<E>> {
  const parts = template.map((part) =>
    typeof part === 'string' ? part : { width: part.width, field: show.token(part.field) },
  );
  if (!raw) {
    const writer = new OutputWriter(parts, []);
    return { key, json: (at) => textOfBytes(writer.text(at)) };
  }
  const fields = parts.flatMap((part) => (typeof part === 'string' ? [] : part.field.fields));
  return fields.findLast((field) => field.key === key) ?? { key, json: () => null };
}
