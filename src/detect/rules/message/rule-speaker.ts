import { type Alert, alertId, type FieldValue } from '../../../alert/alert.ts';
import { textOfBytes } from '../../../base/bytes.ts';
import type { LogEvent, LogFormat } from '../../formats/format.ts';
import { type ExplainedCheck, explain } from '../condition/explain.ts';
import type { EngineOptions, Match, OutputEnding, OutputRoom } from '../engine.ts';
import type { EventAtHand } from '../event-at-hand.ts';
import { type GenericField, genericFields } from '../generic-fields.ts';
import type { ExtraField } from '../load/outputs.ts';
import type { ShownRule } from '../shown-rule.ts';
import { endingPiece, type OutputPiece, outputPlan } from './output-plan.ts';
import { OutputWriter, type ShownField, sortedKeys } from './output-writer.ts';
import { renderJson } from './render.ts';
import { FieldShow, type Occurrence } from './show-field.ts';

/**
 * Speaks for one rule of the event at hand. There is one for each rule of an engine: a match costs no object. What it takes to
 * speak of an event is made when there is one: of most matches all is written from the bytes of their lines.
 */
export class RuleSpeaker<E extends LogEvent> implements Match {
  readonly rule: ShownRule;
  readonly fieldKeys: readonly string[];
  readonly #format: LogFormat<E>;
  readonly #at: EventAtHand<E>;
  readonly #place: number;
  readonly #options: EngineOptions;
  /** By key, the part that a field is; −1 where it is more. */
  readonly #parts: readonly number[];
  #made: OutputWriter<Occurrence<E>> | undefined;

  /** `place`: the rule's among those of the engine, whose `at` is. */
  constructor(rule: ShownRule, place: number, format: LogFormat<E>, options: EngineOptions, at: EventAtHand<E>) {
    this.rule = rule;
    this.#place = place;
    this.#format = format;
    this.#at = at;
    this.#options = options;
    this.fieldKeys = keysOf(rule, options);
    const reworded = rewordedKeys(rule);
    this.#parts = this.fieldKeys.map((key) => {
      const { stands, type } = format.fields.find(({ name }) => name === key) ?? {};
      const isPart = stands?.as === 'text' && stands.read === undefined && type === 'string' && !reworded.has(key);
      return isPart ? stands.part : -1;
    });
  }

  time(): string {
    return this.#at.time();
  }

  hour(): string {
    return this.#at.hour();
  }

  field(index: number): FieldValue {
    const part = this.#parts[index] ?? -1;
    const text = part === -1 ? undefined : this.#at.partText(part);
    if (text === undefined) return this.#writer.field(index, this.#at);
    return text === '' || text === '-' ? null : renderJson(text, 'string');
  }

  output(): string {
    const composed = this.#at.output(this.#place);
    if (composed !== undefined) return composed;
    const time = String(timeFieldOf(this.#options).read(this.#at.head));
    return time + openingOf(this.rule) + this.#writer.text(this.#at);
  }

  writeOutput(room: OutputRoom): number {
    return this.#at.writeOutput(this.#place, room);
  }

  alert(): Alert {
    const { event } = this.#at;
    const { name, priority, source, tags } = this.rule;
    const { hostname } = this.#options;
    return {
      id: alertId(event.eventId, name),
      time: this.time(),
      rule: name,
      priority,
      source,
      output: textOfBytes(this.output()),
      ...(hostname !== undefined && { hostname }),
      tags,
      fields: this.#writer.fields(this.#at),
    };
  }

  explain(): readonly ExplainedCheck[] {
    const { event, head } = this.#at;
    return explain(this.rule.loadable.condition, this.#format, event, head).checks;
  }

  get #writer(): OutputWriter<Occurrence<E>> {
    return (this.#made ??= this.#make());
  }

  #make(): OutputWriter<Occurrence<E>> {
    const { template: written, extraFields } = this.rule.body;
    const show = new FieldShow(this.#format);
    const timeField = timeFieldOf(this.#options);
    const time = show.field({ key: timeField.name, spec: timeField, arg: undefined });
    const template = written.map((part) => {
      return typeof part === 'string' ? part : { width: part.width, field: show.token(part.field) };
    });
    return new OutputWriter(template, [time, ...extraFields.map((extra) => shownExtra(extra, show))]);
  }
}

const localTime = genericFields.find(({ name }) => name === 'evt.time')!;
const utcTime = genericFields.find(({ name }) => name === 'evt.time.iso8601')!;

/** What every output begins with. */
export function timeFieldOf({ timeFormatIso8601 }: EngineOptions): GenericField {
  return timeFormatIso8601 === true ? utcTime : localTime;
}

/**
 * How a rule's output, and what stands behind it, is written from the bytes of a line of the format; undefined where it has to
 * be made of an event.
 */
export function planOf<E extends LogEvent>(
  rule: ShownRule,
  { fields }: LogFormat<E>,
  options: EngineOptions,
  ending?: OutputEnding,
): readonly OutputPiece[] | undefined {
  const plan = outputPlan(rule.body.template, openingOf(rule), fields, timeFieldOf(options));
  if (plan === undefined || ending === undefined) return plan;
  const [decider, other] = ending.deciders(keysOf(rule, options));
  if (decider === undefined) return plan;
  const field = fields.find(({ name }) => name === decider);
  if (other !== undefined || rewordedKeys(rule).has(decider) || field === undefined) return undefined;
  const piece = endingPiece(field, (value) => ending.say(decider, value));
  return piece === undefined ? undefined : [...plan, piece];
}

/** Members of `output_fields` that are not the values of fields. */
function rewordedKeys({ body }: ShownRule): ReadonlySet<string> {
  return new Set(body.extraFields.filter(({ raw }) => !raw).map(({ key }) => key));
}

/** Of `output_fields`, in their order. */
function keysOf({ body: { template, extraFields } }: ShownRule, options: EngineOptions): readonly string[] {
  return sortedKeys([
    timeFieldOf(options).name,
    ...template.flatMap((part) => (typeof part === 'string' ? [] : part.field.fields.map(({ key }) => key))),
    ...extraFields.map(({ key }) => key),
  ]);
}

function openingOf({ priority }: ShownRule): string {
  return `: ${priority} `;
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
