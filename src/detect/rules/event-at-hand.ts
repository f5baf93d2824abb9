import { alertTimeOfNs } from '../../alert/alert-time.ts';
import { BadLine, type LineOrigin, type LogEvent, type LogFormat } from '../formats/format.ts';
import type { OutputRoom } from './engine.ts';
import type { GenericField } from './generic-fields.ts';
import type { Occurrence } from './message/show-field.ts';
import type { LineSaid, OutputComposer, ToldMinute } from './quiet/output-composer.ts';
import type { SourceHead } from './source-head.ts';

/** A line of which the rules that it meets are known without an event of it. */
export interface CaughtLine {
  readonly bytes: Buffer;
  readonly start: number;
  /** Where it ends, its line end not included. */
  readonly end: number;
  readonly origin: LineOrigin;
  /** 1-based, in its object. */
  readonly number: number;
}

const minuteNs = 60_000_000_000n;
const lastSecondNs = 59_000_000_000n;
/** Of these a time says nothing. */
const noHead = { num: 0, firstTimeNs: 0n, source: '', pluginName: '', summary: '', hostname: '' };

/** The event that the rules of an engine speak of. Where only its line is there, it is made when somebody asks for it. */
export class EventAtHand<E extends LogEvent> implements Occurrence<E>, LineSaid {
  readonly head: SourceHead;
  readonly #format: LogFormat<E>;
  readonly #timeField: GenericField;
  #event: E | undefined;
  #line: CaughtLine | undefined;
  #composer: OutputComposer | undefined;
  /** The rule whose output was composed last of this line, −1 for none, and how long that is. */
  #rule = -1;
  #length = 0;

  /** `timeField`: what outputs begin with. */
  constructor(format: LogFormat<E>, head: SourceHead, timeField: GenericField) {
    this.#format = format;
    this.head = head;
    this.#timeField = timeField;
  }

  setEvent(event: E): void {
    this.#event = event;
    this.#line = undefined;
    this.#composer = undefined;
    this.#rule = -1;
    this.#length = 0;
  }

  /** The composer's kernel stands at the line. */
  setLine(line: CaughtLine, composer: OutputComposer): void {
    this.#event = undefined;
    this.#line = line;
    this.#composer = composer;
    this.#rule = -1;
    this.#length = 0;
  }

  get event(): E {
    return (this.#event ??= this.#parsed());
  }

  get timeNs(): bigint {
    return this.event.timeNs;
  }

  get raw(): string {
    return this.event.raw;
  }

  get origin(): LineOrigin {
    return this.#line?.origin ?? this.event.origin;
  }

  get number(): number {
    return this.#line?.number ?? this.event.line;
  }

  /** The event's time, as an alert's. */
  time(): string {
    const composed = this.#length > 0 ? this.#composer?.time() : undefined;
    return composed ?? alertTimeOfNs(this.timeNs) ?? '1970-01-01T00:00:00.000000000Z';
  }

  /** As `Match.hour`. */
  hour(): string {
    const composed = this.#length > 0 ? this.#composer?.hour : undefined;
    return composed ?? this.time().slice(0, 13);
  }

  /** The rule's output as a byte string, straight from the line; undefined where it has to be made of the event. */
  output(rule: number): string | undefined {
    const length = this.#composed(rule);
    return length === 0 ? undefined : this.#composer?.text();
  }

  /** As `Match.writeOutput`. */
  writeOutput(rule: number, room: OutputRoom): number {
    const length = this.#composed(rule);
    if (length > 0) this.#composer?.write(length, room);
    return length;
  }

  /** The part's text as it stands in the line; undefined where there is an event to ask. */
  partText(part: number): string | undefined {
    return this.#composer?.partText(part);
  }

  minute(): ToldMinute | undefined {
    const { timeNs } = this.event;
    if (timeNs <= 0n) return undefined;
    const first = timeNs - (timeNs % minuteNs);
    const utc = alertTimeOfNs(first);
    // A time zone may be ahead by seconds, or change within a minute, as some did a century ago.
    const [text, zone] = this.#told(first).split('00.000000000');
    const last = `${text}59.000000000${zone}`;
    if (utc === undefined || text === undefined || zone === undefined) return undefined;
    return this.#told(first + lastSecondNs) === last ? { utc: utc.slice(0, 17), text, zone } : undefined;
  }

  #told(timeNs: bigint): string {
    return String(this.#timeField.read({ ...noHead, timeNs }));
  }

  #composed(rule: number): number {
    if (this.#rule !== rule) {
      this.#rule = rule;
      this.#length = this.#composer?.compose(rule, this) ?? 0;
    }
    return this.#length;
  }

  #parsed(): E {
    const { bytes, start, end, origin, number } = this.#line!;
    const event = this.#format.parse(bytes.toString('latin1', start, end), origin, number);
    if (event instanceof BadLine) throw new Error(`a regular line is no event: ${event.reason}`);
    return event;
  }
}
