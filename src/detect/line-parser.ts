import { objectFacts } from '../aws/object-name.ts';
import { bytesOfText } from '../base/bytes.ts';
import { present } from '../base/present.ts';
import { BadLine, type LineOrigin, type LogEvent, type LogFormat } from './formats/format.ts';
import { formatNamed, formatOf } from './formats/registry.ts';
import { defaultMaxLineBytes, eachLine, type LineBlock } from './lines.ts';
import type { Match, QuietLines, Suspect } from './rules/engine.ts';
import type { LogObject } from './sources/source.ts';

/** What the lines of a block are handed to, in order. */
export interface LineVisits {
  /** Tells the events of a format on which there is nothing to say from their bytes: they are only counted. */
  quiet?(format: LogFormat): QuietLines | undefined;
  /**
   * Offered each line that is likely of the format, before anything is made of it: true when it is, and all is done with it.
   * The bytes are good until the next block.
   */
  take?(line: LineBytes, format: LogFormat, origin: LineOrigin): boolean;
  /** `suspects`: what `quiet` says of the event's line. */
  event(event: LogEvent, format: LogFormat, suspects?: readonly Suspect[]): void;
  /** What `quiet` says of a line's event instead of it, where that is known. Good until the next line. */
  matches?(matches: readonly Match[]): void;
  /** `line` is a byte string, its beginning where it is longer than allowed. */
  bad(line: string, number: number, why: BadLine): void;
}

/** A line where it stands, and its text. */
export interface LineBytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly raw: string;
  readonly number: number;
}

/** What a block of lines held. */
export interface BlockCount {
  /** Empty lines included. */
  readonly lines: number;
  readonly events: number;
  /** The first line that is no event, as `bad` has it. */
  readonly firstBad?: string;
}

/** Lines of one object to events. The formats recognise disjoint lines, so blocks may be parsed in any order. */
export class LineParser {
  readonly #maxLineBytes: number;
  readonly #promised: LogFormat | undefined;
  readonly #originOf: (name: string) => LineOrigin;
  readonly #linesNameTheirOrigin: boolean;
  #origin: LineOrigin;
  #likely: LogFormat | undefined;

  constructor(
    object: Pick<LogObject, 'name' | 'linesNameTheirOrigin'>,
    geo: LineOrigin['geo'],
    maxLineBytes = defaultMaxLineBytes,
  ) {
    this.#maxLineBytes = maxLineBytes;
    this.#originOf = (name) => present({ object: name, facts: objectFacts(name), geo });
    this.#origin = this.#originOf(bytesOfText(object.name));
    this.#linesNameTheirOrigin = object.linesNameTheirOrigin ?? false;
    this.#promised = formatNamed(this.#origin.facts.logType);
    this.#likely = this.#promised;
  }

  parse(block: LineBlock, visitor: LineVisits): BlockCount {
    let events = 0;
    let firstBad: string | undefined;
    let suspects: readonly Suspect[] | undefined;
    const bad = (line: string, number: number, why: BadLine): void => {
      firstBad ??= line;
      visitor.bad(line, number, why);
    };
    const lines = eachLine(
      block,
      {
        pass: (bytes, at, number) => {
          // A line that names its origin begins elsewhere, and there are few of them.
          const quiet = this.#linesNameTheirOrigin || !this.#likely ? undefined : visitor.quiet?.(this.#likely);
          suspects = undefined;
          if (quiet === undefined) return { lines: 0, next: at };
          let lines = 0;
          for (let next = at; ; next = quiet.lineEnd + 1) {
            next = quiet.pass(bytes, next);
            lines += quiet.passed;
            suspects = quiet.suspects;
            const isLine = visitor.matches && suspects && quiet.lineEnd - next <= this.#maxLineBytes;
            const matches = isLine ? quiet.matches(this.#origin, number + lines) : undefined;
            if (matches === undefined) {
              events += lines;
              return { lines, next };
            }
            visitor.matches?.(matches);
            lines++;
          }
        },
        line: (raw, number, bytes, start, end) => {
          const likely = this.#linesNameTheirOrigin ? undefined : this.#likely;
          if (likely !== undefined && visitor.take?.({ bytes, start, end, raw, number }, likely, this.#origin) === true)
            events++;
          else if (this.#visit(raw, number, suspects, visitor, bad)) events++;
        },
        tooLong: (start, number) => {
          bad(start, number, new BadLine('too-long', `more than ${this.#maxLineBytes} bytes`));
        },
      },
      this.#maxLineBytes,
    );
    return firstBad === undefined ? { lines, events } : { lines, events, firstBad };
  }

  #visit(
    text: string,
    number: number,
    suspects: readonly Suspect[] | undefined,
    visitor: LineVisits,
    bad: LineVisits['bad'],
  ): boolean {
    let line = text;
    let numberInOrigin = number;
    if (this.#linesNameTheirOrigin) {
      const tab = text.indexOf('\t');
      const name = text.slice(0, Math.max(tab, 0));
      if (name !== this.#origin.object) this.#origin = this.#originOf(name);
      line = text.slice(tab + 1);
      numberInOrigin = 1;
    }
    // A line of which rules are suspected has been recognised.
    const format = suspects === undefined ? (formatOf(line, this.#likely) ?? this.#promised) : this.#likely;
    if (format === undefined) {
      bad(line, number, new BadLine('unrecognised', 'the line has the shape of no known format'));
      return false;
    }
    this.#likely = format;
    const event = format.parse(line, this.#origin, numberInOrigin);
    if (event instanceof BadLine) {
      bad(line, number, event);
      return false;
    }
    visitor.event(event, format, suspects);
    return true;
  }
}
