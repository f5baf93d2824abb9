import type { ObjectFacts } from '../../aws/object-name.ts';

/**
 * The types a Falco plugin field can have. No floats exist: durations are milliseconds as uint64. And `bytebuf`, bytes that
 * are no text, which only fields of Falco's own have (`evt.buffer`).
 */
export type FieldType = 'string' | 'uint64' | 'reltime' | 'abstime' | 'bool' | 'ipaddr' | 'ipnet' | 'bytebuf';

/** What a field accepts between brackets: `awselb.counter[NAME]`. */
export interface FieldArgument {
  readonly required: boolean;
  readonly index: boolean;
  readonly key: boolean;
}

/** One row of a field catalogue: enough to check a rule, print the documentation and generate the plugin's table. */
export interface FieldSpec {
  readonly name: string;
  readonly type: FieldType;
  /** True when the field has a list of values of its type. */
  readonly list?: boolean;
  readonly arg?: FieldArgument;
  /** The only texts that a rule may compare it with, where Falco refuses others as an unknown `noun`. */
  readonly values?: { readonly noun: string; readonly known: ReadonlySet<string> };
  /** One sentence for `elb-sidekick fields` and the README: what it is, its unit, when it is absent. */
  readonly about: string;
}

/**
 * What a field reads as. Strings are byte strings (base/bytes.ts). uint64, reltime and abstime are numbers up to
 * 2^53 − 1 and bigints above (never both for one value, so `===` compares them). ipaddr and ipnet are textual addresses.
 */
export type EventValue = string | number | bigint | boolean | readonly EventValue[];

/**
 * How a field's value follows from one part of a regular line (`RegularLines`), so that rules can look at a line's bytes
 * before anything is cut out of it. A part without bytes, or only `-`, is no value.
 */
export type Stands =
  /** The same for all lines of the format. */
  | { readonly as: 'constant'; readonly value: string }
  /** Decimal digits, or decimal seconds that read as milliseconds; no value for any other text. */
  | { readonly as: 'uint' | 'millis'; readonly part: number }
  | {
      readonly as: 'text';
      readonly part: number;
      /** The same texts come again on line after line (user agents, host names): what rules say of them is worth remembering. */
      readonly recurs: boolean;
      /** The value, where it is not the part's text itself. Pure. */
      readonly read?: (text: string, geo: LineOrigin['geo']) => EventValue | undefined;
      /** `read` removes percent-encoding, + and capitals, as decoded-uri.ts does: then the kernel does it too. */
      readonly decoded?: boolean;
    };

/** Lines of one origin that are alike in these parts read alike. */
export interface Follows {
  readonly parts: readonly number[];
  /** What the origin alone says; only where it says nothing the parts have a say. */
  readonly origin?: (origin: LineOrigin) => EventValue | undefined;
  /** The value is the text of the one part, save this text, which is none. */
  readonly textBut?: '' | '-1';
  /** The value is the line's number in its object. */
  readonly line?: true;
  /** The value, from the bytes of the parts (split-line.ts); NaN for none. */
  readonly bytes?: (bytes: Buffer, bounds: Int32Array) => number;
}

/** A catalogue row that one format can read. `undefined` is "no value": every comparison on it is false. */
export interface EventField<E> extends FieldSpec {
  /** Where the value stands in a regular line; absent where more than one part has a say. */
  readonly stands?: Stands;
  /** Where the value of a regular line does not stand in one part of it: what it follows from. */
  readonly follows?: Follows;
  /** Pure and cheap to call again; `arg` is the text between the brackets. Never throws. An empty list counts as no value. */
  read(event: E, arg?: string): EventValue | undefined;
}

/** A GeoIP answer at rule time. Texts are byte strings. */
export interface GeoFacts {
  readonly country?: string;
  readonly city?: string;
  readonly asn?: number;
  readonly asOrg?: string;
}

/** What the detector knows of the object that a line stands in; shared by all events of the object. */
export interface LineOrigin {
  /** The object's name, a byte string. */
  readonly object: string;
  readonly facts: ObjectFacts;
  /** Looks an address up in the GeoIP databases, where there are any. Cached by the caller, cheap, never throws. */
  readonly geo?: (address: string) => GeoFacts | undefined;
}

/** A parsed line. Formats add what they like; columns may be cut out only when a field asks for them. */
export interface LogEvent {
  /** The line without its line end, a byte string. */
  readonly raw: string;
  readonly origin: LineOrigin;
  /** 1-based. */
  readonly line: number;
  /**
   * `hash(object, line, raw)`, 32 hex digits, computed when asked for. The raw line is in it because a file may be replaced
   * by another of its name (rotation, standard input): what stands at the same line number then is another event.
   */
  readonly eventId: string;
  /** The event's own time, nanoseconds since the Unix epoch; 0n where the line's time cannot be read. */
  readonly timeNs: bigint;
}

/** Why a line is not an event. `reason` is a short fixed word for metrics, `detail` says what stood where. */
export class BadLine {
  readonly reason: string;
  readonly detail: string;

  constructor(reason: string, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * The lines of a format as the balancer writes nearly all of them, told from their bytes: one blank between columns, quotes
 * around whole columns only, no backslash, and what is said here. `recognises` is true of them, `parse` makes an event of
 * each, and what a field reads of it is what the field's `stands` says. Columns count from 0, −1 for one that there is not.
 */
export interface RegularLines {
  /** Lines have at least so many columns; what stands behind the known ones is nobody's part. */
  readonly required: number;
  readonly known: number;
  /** What a line begins with, up to 8 bytes each; none where it begins with its time. */
  readonly begins: readonly string[];
  /** A time as RFC 3339 has it. */
  readonly time: number;
  /** Columns that every line has and by which formats are told from each other. */
  readonly kinds: readonly { readonly column: number; readonly is: ColumnKind }[];
  /** Columns `ADDRESS:PORT`. */
  readonly client: number;
  readonly target: number;
  /**
   * The column `VERB http(s)://HOST(:PORT)/… VERSION`, or of a request that could not be read `- http(s)://HOST:PORT- -`, or of
   * a connection without requests `- - - `.
   */
  readonly request: number;
}

/**
 * What stands in a column, without quotes around it: begins with a letter; begins and ends with a digit, or is `-`; has neither
 * dot nor colon; has one; nothing but digits; has a colon behind its first byte, or is `-`. The kernel numbers them in this order, from 1.
 */
export const columnKinds = ['letter', 'number', 'bare', 'address', 'digits', 'endpoint'] as const;
export type ColumnKind = (typeof columnKinds)[number];

/** The parts of a regular line that are pieces of columns. */
export const piece = {
  clientIp: 0,
  clientPort: 1,
  targetIp: 2,
  targetPort: 3,
  verb: 4,
  url: 5,
  proto: 6,
  scheme: 7,
  host: 8,
  path: 9,
  query: 10,
  /** Path and query. */
  uri: 11,
} as const;

/** The part that column `column` is: behind the pieces, so that a column's part does not depend on the format. */
export function columnPart(column: number): number {
  return 12 + column;
}

/** One kind of log line. One format per file in this folder, listed in registry.ts. */
export interface LogFormat<E extends LogEvent = LogEvent> {
  /** `alb`, `clb`, `nlb`, `alb_connection`, `alb_health`: the value of `awselb.log_type`. */
  readonly name: string;
  /** Falco's event source: `awselb` for every ELB log. */
  readonly eventSource: string;
  /** One sentence for the README's table. */
  readonly about: string;
  /** The rows of the catalogue that this format can fill; on the others a rule sees no value. */
  readonly fields: readonly EventField<E>[];
  /** Absent where lines are too few, or too unlike each other, to be looked at as bytes. */
  readonly regular?: RegularLines;
  /** True when the line has this format's shape. Used where the object's name does not tell, cheap, never throws. */
  recognises(line: string): boolean;
  /** Pure, linear in the line's length, never throws. `line` is a byte string without line end; `number` is 1-based. */
  parse(line: string, origin: LineOrigin, number: number): E | BadLine;
}
