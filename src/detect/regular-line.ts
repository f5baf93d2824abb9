import { hash } from 'node:crypto';
import { BadLine, type EventValue, type LineOrigin, type LogEvent, type LogFormat } from './formats/format.ts';
import type { FollowingField, RecalledField } from './frame-plan.ts';
import type { LineBytes } from './line-parser.ts';

const minus = 0x2d;

/** A line that is split, and what is only made of it when a field asks. */
export class RegularLine {
  readonly bytes: Buffer;
  readonly start: number;
  readonly bounds: Int32Array;
  readonly origin: LineOrigin;
  readonly #number: number;
  readonly #raw: string;
  readonly #format: LogFormat;
  #event: LogEvent | undefined;
  /** The part that was made a text last: several fields in a row are made of one. */
  #textPart: number;
  #text: string;

  constructor({ bytes, start, raw, number }: LineBytes, bounds: Int32Array, origin: LineOrigin, format: LogFormat) {
    this.bytes = bytes;
    this.start = start;
    this.bounds = bounds;
    this.origin = origin;
    this.#number = number;
    this.#raw = raw;
    this.#format = format;
    this.#event = undefined;
    this.#textPart = -1;
    this.#text = '';
  }

  text(part: number): string {
    if (this.#textPart !== part) {
      this.#textPart = part;
      this.#text = this.bytes.toString('latin1', this.bounds[2 * part], this.bounds[2 * part + 1]);
    }
    return this.#text;
  }

  event(): LogEvent {
    if (this.#event === undefined) {
      const event = this.#format.parse(this.#raw, this.origin, this.#number);
      if (event instanceof BadLine) throw new Error(`a regular line is no event: ${event.reason}`);
      this.#event = event;
    }
    return this.#event;
  }

  /** As `LogEvent.eventId` has it. */
  id(): string {
    return hash('sha256', `${this.origin.object}\0${this.#number}\0${this.#raw}`).slice(0, 32);
  }
}

/** Reads what a field makes of its part, into the field. */
export function recall(field: RecalledField, line: RegularLine): void {
  const { part } = field;
  const from = line.bounds[2 * part]!;
  const isThere = !isNothing(line.bytes, from, line.bounds[2 * part + 1]!);
  const text = isThere ? line.text(part) : '';
  field.came = isThere ? field.read(text, line.origin.geo) : undefined;
  field.cameAsPart = isThere && field.came === text;
}

/** What a field makes of several parts, or of the object. */
export function followed({ follows, field }: FollowingField, line: RegularLine): EventValue | undefined {
  const known = follows.origin?.(line.origin);
  if (known !== undefined) return known;
  if (follows.bytes === undefined) return field.read(line.event());
  const value = follows.bytes(line.bytes, line.bounds);
  return Number.isNaN(value) ? undefined : value;
}

/** True for a column that says there is no value. */
export function isNothing(bytes: Buffer, from: number, to: number): boolean {
  return to === from || (to === from + 1 && bytes[from] === minus);
}

/** True when something stands behind the last column that the format knows: `awselb.extra`. */
export function hasMore(bytes: Buffer, start: number, end: number, bounds: Int32Array, parts: number): boolean {
  // Columns that are not there are empty, at the line's start.
  if (bounds[2 * parts - 2] === start) return false;
  const last = bounds[2 * parts - 1]!;
  return last + (bytes[last] === 0x22 ? 1 : 0) < end;
}
