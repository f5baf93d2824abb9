import type { EventValue, LineOrigin, LogEvent, LogFormat } from './formats/format.ts';
import { millisOfMicros, nanosOf } from './formats/quantities.ts';
import { type FollowingField, type FramePlan, frameHeader, noShape, numberOf, planOf } from './frame-plan.ts';
import { microsOfPart, uintOfPart } from './formats/split-line.ts';
import type { LineBytes } from './line-parser.ts';
import { followed, hasMore, isNothing, RegularLine, recall } from './regular-line.ts';

/**
 * A body of events as the Falco plugin reads them fastest (falco-plugin/src/frames.rs has its picture): the line as it is
 * and where its parts stand. Only what does not stand there is written out: numbers, what was decoded, ids; a text that the
 * event before had too is a mark. Nothing is cut out of a regular line, escaped or copied twice. Over 300 lines, because all
 * that writes into the one buffer stands together.
 */
export class EventFrames {
  readonly #plans = new Map<LogFormat, FramePlan>();
  #buffer: Buffer;
  #at = 0;
  #events = 0;
  /** Counts bodies, from 1: marks point back within one only. */
  #body = 0;
  readonly #texts: string[] = Array.from({ length: 256 }, () => '');
  readonly #textBody = new Int32Array(256);
  /** Where the parts of this line and of the one before stand, in turn; and for each part whether they are alike. */
  #bounds = new Int32Array(512);
  #spare = new Int32Array(512);
  readonly #alike = new Int8Array(256);
  #previous: { bytes: Buffer; origin: LineOrigin; plan: FramePlan } | undefined;

  constructor(bytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
  }

  /** Bytes written since the last `take`, 0 when there are no events. */
  get size(): number {
    return this.#events === 0 ? 0 : this.#at;
  }

  /** The body, which is the caller's; another one begins. */
  take(): Buffer {
    const body = this.#buffer.subarray(0, this.#at);
    this.#buffer = Buffer.allocUnsafeSlow(this.#buffer.length);
    this.#at = 0;
    this.#events = 0;
    return body;
  }

  /** Any event, from its fields. */
  event(event: LogEvent, format: LogFormat): void {
    const { raw } = event;
    this.#begin(event.timeNs, raw.length, noShape);
    this.#room(raw.length + 2);
    this.#at += this.#buffer.write(raw, this.#at, 'latin1');
    const countAt = this.#at;
    this.#at += 2;
    let count = raw.length > longestPart ? this.#text(rawNumber, raw) : this.#span(rawNumber, 0, raw.length);
    for (const { number, field } of this.#plan(format).all) {
      const value = field.read(event);
      if (value !== undefined) count += this.#value(number, value);
    }
    this.#buffer.writeUInt16LE(count, countAt);
    this.#previous = undefined;
  }

  /** A regular line, from its bytes, which stay as they are until the next call; false for any other, and nothing is written. */
  line(text: LineBytes, format: LogFormat, origin: LineOrigin): boolean {
    const { bytes, start, end, number } = text;
    if (format.regular === undefined || end - start > longestPart) return false;
    const plan = this.#plan(format);
    const bounds = this.#spare;
    this.#spare = this.#bounds;
    this.#bounds = bounds;
    const previous = this.#previous;
    if (plan.splitter?.split(bytes, start, end, bounds) !== true || hasMore(bytes, start, end, bounds, plan.parts)) {
      this.#previous = undefined;
      return false;
    }
    const hasLast = previous !== undefined && previous.plan === plan && previous.origin === origin;
    this.#alike.fill(hasLast ? unknown : different, 0, plan.parts);

    const time = bytes.toString('latin1', bounds[2 * plan.time], bounds[2 * plan.time + 1]);
    this.#begin(nanosOf(time), end - start, plan.shape);
    this.#room(end - start + 4 * plan.parts + 2 + 10 * (plan.numbers.length + 1) + 6);
    const buffer = this.#buffer;
    let at = this.#at;
    bytes.copy(buffer, at, start, end);
    at += end - start;
    for (let slot = 0; slot < 2 * plan.parts; slot++) {
      const place = bounds[slot]! - start;
      buffer[at] = place & 0xff;
      buffer[at + 1] = place >>> 8;
      at += 2;
    }
    const countAt = at;
    this.#at = at + 2;
    const last = previous?.bytes ?? bytes;
    const line = new RegularLine(text, bounds, origin, format);
    const count =
      this.#span(rawNumber, 0, end - start) +
      this.#number(lineNumber, number) +
      this.#text(objectNumber, origin.object) +
      this.#text(idNumber, line.id()) +
      this.#ofDigits(plan, line) +
      this.#worked(plan, line, last);
    this.#buffer.writeUInt16LE(count, countAt);
    if (previous === undefined) this.#previous = { bytes, origin, plan };
    else {
      previous.bytes = bytes;
      previous.origin = origin;
      previous.plan = plan;
    }
    return true;
  }

  #ofDigits({ numbers }: FramePlan, line: RegularLine): number {
    const { bytes, bounds } = line;
    let count = 0;
    for (const { part, isMillis, number, field } of numbers) {
      const value = isMillis ? millisOfMicros(microsOfPart(bytes, bounds, part)) : uintOfPart(bytes, bounds, part);
      if (value >= 0 && value < tooPrecise) count += this.#number(number, value);
      else if (!Number.isNaN(value)) count += this.#maybe(number, field.read(line.event()));
    }
    return count;
  }

  #worked(plan: FramePlan, line: RegularLine, last: Buffer): number {
    const { bytes, bounds, start, origin } = line;
    let count = 0;
    for (const { number, value } of plan.constants) count += this.#text(number, value);
    for (const { number, part, field } of plan.lowered) {
      const from = bounds[2 * part]!;
      const to = bounds[2 * part + 1]!;
      let at = from;
      while (at < to && changed[bytes[at]!] === 0) at++;
      if (at < to)
        count += this.#maybe(
          number,
          field.stands?.as === 'text' ? field.stands.read?.(line.text(part), origin.geo) : undefined,
        );
      else if (!isNothing(bytes, from, to)) count += this.#span(number, from - start, to - from);
    }
    for (const field of plan.recalled) {
      if (!this.#isAlike(field.part, line, last)) recall(field, line);
      if (!field.cameAsPart) count += this.#maybe(field.number, field.came);
      else
        count += this.#span(
          field.number,
          bounds[2 * field.part]! - start,
          bounds[2 * field.part + 1]! - bounds[2 * field.part]!,
        );
    }
    for (const field of plan.following) {
      if (!this.#areAlike(field, line, last)) field.came = followed(field, line);
      count += this.#maybe(field.number, field.came);
    }
    for (const { number, field } of plan.asked) count += this.#maybe(number, field.read(line.event()));
    return count;
  }

  #areAlike({ follows: { parts } }: FollowingField, line: RegularLine, last: Buffer): boolean {
    if (parts.length === 0) return this.#alike[0] !== different;
    for (const part of parts) if (!this.#isAlike(part, line, last)) return false;
    return true;
  }

  /** True when the line before had the same in this part. */
  #isAlike(part: number, { bytes, bounds }: RegularLine, last: Buffer): boolean {
    const known = this.#alike[part]!;
    if (known !== unknown) return known === same;
    const lastBounds = this.#spare;
    let at = bounds[2 * part]!;
    let lastAt = lastBounds[2 * part]!;
    const end = bounds[2 * part + 1]!;
    let is = end - at === lastBounds[2 * part + 1]! - lastAt;
    for (; is && at < end; at++, lastAt++) is = bytes[at] === last[lastAt];
    this.#alike[part] = is ? same : different;
    return is;
  }

  #plan(format: LogFormat): FramePlan {
    let plan = this.#plans.get(format);
    if (plan === undefined) {
      plan = planOf(format);
      this.#plans.set(format, plan);
    }
    return plan;
  }

  #begin(timeNs: bigint, length: number, shape: number): void {
    if (this.#at === 0) {
      this.#body++;
      this.#room(frameHeader.length);
      this.#at = frameHeader.copy(this.#buffer);
    }
    this.#events++;
    this.#room(13);
    const buffer = this.#buffer;
    const at = this.#at;
    buffer.writeBigUInt64LE(timeNs < longestTimeNs ? timeNs : 0n, at);
    buffer.writeUInt32LE(length, at + 8);
    buffer[at + 12] = shape;
    this.#at = at + 13;
  }

  #maybe(number: number, value: EventValue | undefined): number {
    return value === undefined ? 0 : this.#value(number, value);
  }

  #value(number: number, value: EventValue): number {
    if (typeof value === 'string') return this.#text(number, value);
    if (typeof value === 'number') return value >= 0 ? this.#number(number, value) : 0;
    // No field of the catalogue is a boolean or a list.
    if (typeof value !== 'bigint') return this.#text(number, String(value));
    this.#room(10);
    this.#buffer[this.#at] = number;
    this.#buffer[this.#at + 1] = 1;
    this.#buffer.writeBigUInt64LE(value, this.#at + 2);
    this.#at += 10;
    return 1;
  }

  #span(number: number, start: number, length: number): number {
    this.#room(6);
    const buffer = this.#buffer;
    const at = this.#at;
    buffer[at] = number;
    buffer[at + 1] = 0;
    buffer[at + 2] = start & 0xff;
    buffer[at + 3] = start >>> 8;
    buffer[at + 4] = length & 0xff;
    buffer[at + 5] = length >>> 8;
    this.#at = at + 6;
    return 1;
  }

  #number(number: number, value: number): number {
    this.#room(10);
    const buffer = this.#buffer;
    const at = this.#at;
    const high = value < 4_294_967_296 ? 0 : Math.floor(value / 4_294_967_296);
    const low = value % 4_294_967_296;
    buffer[at] = number;
    buffer[at + 1] = 1;
    buffer[at + 2] = low & 0xff;
    buffer[at + 3] = (low >>> 8) & 0xff;
    buffer[at + 4] = (low >>> 16) & 0xff;
    buffer[at + 5] = low >>> 24;
    buffer[at + 6] = high & 0xff;
    buffer[at + 7] = (high >>> 8) & 0xff;
    buffer[at + 8] = (high >>> 16) & 0xff;
    buffer[at + 9] = high >>> 24;
    this.#at = at + 10;
    return 1;
  }

  #text(number: number, text: string): number {
    this.#room(6 + text.length);
    const buffer = this.#buffer;
    const at = this.#at;
    buffer[at] = number;
    if (this.#textBody[number] === this.#body && this.#texts[number] === text) {
      buffer[at + 1] = 3;
      this.#at = at + 2;
      return 1;
    }
    this.#texts[number] = text;
    this.#textBody[number] = this.#body;
    const { length } = text;
    buffer[at + 1] = 2;
    buffer[at + 2] = length & 0xff;
    buffer[at + 3] = (length >>> 8) & 0xff;
    buffer[at + 4] = (length >>> 16) & 0xff;
    buffer[at + 5] = length >>> 24;
    // A call into C++ costs as much as some forty characters here.
    if (length > 40) buffer.write(text, at + 6, 'latin1');
    else for (let index = 0; index < length; index++) buffer[at + 6 + index] = text.charCodeAt(index);
    this.#at = at + 6 + length;
    return 1;
  }

  #room(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** Places in a line are 16 bits; a longer line goes the way of events, and its texts are written out. */
const longestPart = 0xffff;
/** Falco counts in 64 bits, and the largest means now: a line of the year 5004 has no time there. */
const longestTimeNs = 2n ** 64n - 1n;
/** From here on numbers are bigints. */
const tooPrecise = 2 ** 53;

/** Bytes that decoded-uri.ts changes: percent, plus, capitals, what is no ASCII. */
const changed = new Uint8Array(256).fill(1, 0x41, 0x5b).fill(1, 0x80).fill(1, 0x25, 0x26).fill(1, 0x2b, 0x2c);

const unknown = 0;
const same = 1;
const different = 2;

const rawNumber = numberOf('awselb.raw');
const objectNumber = numberOf('awselb.object');
const lineNumber = numberOf('awselb.line');
const idNumber = numberOf('awselb.event_id');
