import { hash } from 'node:crypto';
import { unescaped } from './escapes.ts';
import type { GeoFacts, LineOrigin, LogEvent } from './format.ts';
import { microsIn, nanosOf, uintIn } from './quantities.ts';
import { Request } from './request.ts';
import {
  columnCount,
  columnEnd,
  columnStart,
  holdsColumnsOf,
  restStart,
  scanColumns,
  withoutBlanks,
} from './tokens.ts';

/** Where a format keeps what every event needs. Columns count from 0, −1 for a column the format does not have. */
export interface LineShape {
  /** The format's name. */
  readonly logType: string;
  readonly lbType: 'application' | 'network' | 'classic';
  /** Lines with fewer columns are bad; columns beyond `known` are `awselb.extra`. */
  readonly required: number;
  readonly known: number;
  readonly time: number;
  readonly name: number;
  readonly request: number;
  readonly targetGroupArn: number;
  readonly certArn: number;
}

const minus = 0x2d;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * A line of any ELB log. One class for all formats, so that readers see one hidden class. Columns are cut out when a reader
 * asks; what costs more than a cut is kept. Columns count from 0 and read as undefined when AWS logged nothing (`-`, empty).
 */
export class ElbEvent implements LogEvent {
  readonly raw: string;
  readonly origin: LineOrigin;
  readonly line: number;
  readonly shape: LineShape;
  // undefined: not asked for yet; null: asked for, no value.
  private requestRead: Request | null | undefined;
  private geoRead: GeoFacts | null | undefined;
  private idRead: string | undefined;
  private timeRead: bigint | undefined;

  constructor(raw: string, origin: LineOrigin, line: number, shape: LineShape) {
    this.raw = raw;
    this.origin = origin;
    this.line = line;
    this.shape = shape;
    this.requestRead = undefined;
    this.geoRead = undefined;
    this.idRead = undefined;
    this.timeRead = undefined;
  }

  get eventId(): string {
    this.idRead ??= hash('sha256', `${this.origin.object}\0${this.line}\0${this.raw}`).slice(0, 32);
    return this.idRead;
  }

  get timeNs(): bigint {
    this.timeRead ??= nanosOf(this.text(this.shape.time) ?? '');
    return this.timeRead;
  }

  /** The column as it stands between blanks or quotes. */
  text(column: number): string | undefined {
    if (!this.has(column)) return undefined;
    const start = columnStart(column);
    const end = columnEnd(column);
    if (end - start < 2 && (end === start || this.raw.charCodeAt(start) === minus)) return undefined;
    return this.raw.slice(start, end);
  }

  /** The column as the client sent it: escapes undone. */
  unescaped(column: number): string | undefined {
    const text = this.text(column);
    return text === undefined ? undefined : unescaped(text);
  }

  /** A column where -1 means "not recorded", as logged. */
  recorded(column: number): string | undefined {
    const text = this.text(column);
    return text === '-1' ? undefined : text;
  }

  uint(column: number): number | bigint | undefined {
    return this.has(column) ? uintIn(this.raw, columnStart(column), columnEnd(column)) : undefined;
  }

  /** A column of decimal seconds, in microseconds. */
  micros(column: number): number | undefined {
    return this.has(column) ? microsIn(this.raw, columnStart(column), columnEnd(column)) : undefined;
  }

  /** The address of an `ADDRESS:PORT` column; IPv6 stands there with and without brackets, so the last colon divides. */
  address(column: number): string | undefined {
    if (!this.has(column)) return undefined;
    const start = columnStart(column);
    let end = this.portColon(column);
    if (end < 0) end = columnEnd(column);
    const bracketed = this.raw.charCodeAt(start) === openBracket && this.raw.charCodeAt(end - 1) === closeBracket;
    const address = bracketed ? this.raw.slice(start + 1, end - 1) : this.raw.slice(start, end);
    return address === '' || address === '-' ? undefined : address;
  }

  port(column: number): number | bigint | undefined {
    if (!this.has(column)) return undefined;
    const at = this.portColon(column);
    return at < 0 ? undefined : uintIn(this.raw, at + 1, columnEnd(column));
  }

  /** Everything behind the known columns, as logged. */
  get extra(): string | undefined {
    if (!this.has(this.shape.known - 1)) return undefined;
    const rest = withoutBlanks(this.raw.slice(restStart()));
    return rest === '' || rest === '-' || rest === '"-"' ? undefined : rest;
  }

  get request(): Request | undefined {
    if (this.requestRead === undefined) {
      const column = this.text(this.shape.request);
      this.requestRead = column === undefined ? null : new Request(column);
    }
    return this.requestRead ?? undefined;
  }

  /** What GeoIP knows of the client's address, where the origin has databases. */
  geo(clientOf: (event: ElbEvent) => string | undefined): GeoFacts | undefined {
    if (this.origin.geo === undefined) return undefined;
    if (this.geoRead === undefined) {
      const client = clientOf(this);
      this.geoRead = (client === undefined ? undefined : this.origin.geo(client)) ?? null;
    }
    return this.geoRead ?? undefined;
  }

  private has(column: number): boolean {
    if (!holdsColumnsOf(this)) scanColumns(this.raw, this.shape.known, this);
    return column >= 0 && column < columnCount();
  }

  private portColon(column: number): number {
    const start = columnStart(column);
    const end = columnEnd(column);
    if (this.raw.charCodeAt(end - 1) === closeBracket) return -1;
    for (let at = end - 1; at >= start; at -= 1) if (this.raw.charCodeAt(at) === colon) return at;
    return -1;
  }
}
