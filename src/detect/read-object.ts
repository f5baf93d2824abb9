import { abortable } from '../base/abortable.ts';
import { bytesOfText } from '../base/bytes.ts';
import { present } from '../base/present.ts';
import { BadLine, type LineOrigin, type LogEvent, type LogFormat } from './formats/format.ts';
import { isTestObject, isTestObjectLine, objectFacts } from '../aws/object-name.ts';
import { formatNamed, formatOf } from './formats/registry.ts';
import { defaultGunzipLimits, type GunzipLimits, plainBytes } from './gunzip.ts';
import { kindOfJunk, NotALog } from './junk.ts';
import { blocksOfLines, defaultMaxLineBytes, eachLine, type LineBlock } from './lines.ts';
import type { LogObject } from './sources/source.ts';

/** What the lines of an object are handed to, in order. */
export interface EventVisitor {
  event(event: LogEvent, format: LogFormat): void;
  /** `line` is a byte string, its beginning where it is longer than allowed. */
  bad(line: string, number: number, why: BadLine): void;
  /** Called after each block of lines (some hundred); while the promise is pending, nothing more is read. */
  blockEnd?(): Promise<void> | undefined;
}

export interface ReadingLimits {
  readonly maxLineBytes: number;
  readonly gunzip: GunzipLimits;
}

const defaultReadingLimits: ReadingLimits = { maxLineBytes: defaultMaxLineBytes, gunzip: defaultGunzipLimits };

/** So many lines without a single event, and an object is no log. */
const patienceLines = 100;

export interface Reading {
  /** Empty lines included. */
  lines: number;
  events: number;
  /** Decompressed. */
  bytes: number;
  /** AWS's test object: nothing in it. */
  testObject: boolean;
}

/**
 * Reads one object from start to end. Throws what the source throws, `GunzipError` or `NotALog`; every good line before
 * the trouble was visited. `reading` is kept up to date while it runs.
 */
export async function readObject(
  object: LogObject,
  visitor: EventVisitor,
  reading: Reading,
  options: { readonly signal: AbortSignal; readonly geo?: LineOrigin['geo']; readonly limits?: ReadingLimits },
): Promise<void> {
  if (isTestObject(object.name)) {
    reading.testObject = true;
    return;
  }
  const limits = options.limits ?? defaultReadingLimits;
  const parser = new LineParser(object, options.geo, limits.maxLineBytes);
  let firstLine: string | undefined;
  const bad = visitor.bad.bind(visitor);
  const watching: EventVisitor = {
    event: visitor.event.bind(visitor),
    bad: (line, number, why) => {
      firstLine ??= line;
      bad(line, number, why);
    },
  };
  const bytes = plainBytes(abortable(object.open(options.signal), options.signal), limits.gunzip);
  for await (const block of blocksOfLines(refusingJunk(bytes), limits.maxLineBytes)) {
    options.signal.throwIfAborted();
    if (block.firstLine === 1 && isTestObjectLine(block.bytes.toString('latin1', 0, 200))) {
      reading.testObject = true;
      return;
    }
    const { lines, events } = parser.parse(block, watching);
    reading.bytes += block.bytes.length;
    reading.lines += lines;
    reading.events += events;
    const held = visitor.blockEnd?.();
    if (held !== undefined) await held;
    if (reading.events === 0 && firstLine !== undefined && reading.lines >= patienceLines) break;
  }
  if (reading.events > 0) return;
  throw firstLine === undefined ? NotALog.empty() : NotALog.noLineRecognised(reading.lines, firstLine);
}

/** The bytes, unless the first of them say that this is no log. Asked before a line end was found: there may be none. */
async function* refusingJunk(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of chunks) {
    const junk = first ? kindOfJunk(chunk) : undefined;
    if (junk !== undefined) throw NotALog.binary(junk);
    first = false;
    yield chunk;
  }
}

/** Lines of one object to events. The formats recognise disjoint lines, so blocks may be parsed in any order. */
class LineParser {
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

  parse(block: LineBlock, visitor: EventVisitor): { lines: number; events: number } {
    let events = 0;
    const lines = eachLine(
      block,
      {
        line: (text, number) => {
          if (this.#visit(text, number, visitor)) events++;
        },
        tooLong: (start, number) => {
          visitor.bad(start, number, new BadLine('too-long', `more than ${this.#maxLineBytes} bytes`));
        },
      },
      this.#maxLineBytes,
    );
    return { lines, events };
  }

  #visit(text: string, number: number, visitor: EventVisitor): boolean {
    let line = text;
    let numberInOrigin = number;
    if (this.#linesNameTheirOrigin) {
      const tab = text.indexOf('\t');
      const name = text.slice(0, Math.max(tab, 0));
      if (name !== this.#origin.object) this.#origin = this.#originOf(name);
      line = text.slice(tab + 1);
      numberInOrigin = 1;
    }
    const format = formatOf(line, this.#likely) ?? this.#promised;
    if (format === undefined) {
      visitor.bad(line, number, new BadLine('unrecognised', 'the line has the shape of no known format'));
      return false;
    }
    this.#likely = format;
    const event = format.parse(line, this.#origin, numberInOrigin);
    if (event instanceof BadLine) {
      visitor.bad(line, number, event);
      return false;
    }
    visitor.event(event, format);
    return true;
  }
}
