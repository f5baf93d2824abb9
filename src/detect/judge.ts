import type { Alert } from '../alert/alert.ts';
import { type BadLines, BadLineTally } from './bad-lines.ts';
import type { LineOrigin, LogEvent, LogFormat } from './formats/format.ts';
import { type BlockCount, LineParser, type LineVisits } from './line-parser.ts';
import type { LineBlock } from './lines.ts';
import type { Match, OutputEnding, QuietLines, RuleEngine, RuleSet } from './rules/engine.ts';
import type { Reading, ReadingOptions } from './read-object.ts';
import type { LogObject } from './sources/source.ts';

/** What the rules make of one or more blocks of lines. Plain values, so that it can come from another thread. */
export interface Judged<A = Alert> extends BlockCount, BadLines {
  /** How many alerts each rule raised, by its name. */
  readonly raised: ReadonlyMap<string, number>;
  /** What the scribe made of them, in the order of the lines. */
  readonly alerts: readonly A[];
}

/** Writes down what matches say, on the thread that judges: as alerts, or as the text that `scan` prints. */
export interface Scribe<A> {
  write(match: Match): void;
  /** What it wants to stand behind outputs (`Match.writeOutput`). */
  readonly ending?: OutputEnding | undefined;
  /** What was written since the last call. Plain values. */
  take(): readonly A[];
}

/** What a judge knows of the object that a block is from. */
export type JudgedObject = Pick<LogObject, 'name' | 'linesNameTheirOrigin'>;

/** Runs the rules over blocks of lines: here, or on other threads (judge-pool.ts). Whole objects: `ObjectJudge`. */
export interface Judge<A = Alert> {
  /** So many blocks may be begun beyond the one whose result is waited for. */
  readonly ahead: number;
  /** The block's bytes may be read until the result is there. Rejects only when the judge itself broke. */
  judge(object: JudgedObject, block: LineBlock): Judged<A> | Promise<Judged<A>>;
}

/** A judge that reads objects itself, on other threads (object-pool.ts). */
export interface ObjectJudge<A = Alert> {
  /** So many objects may be handed in beyond the first that is not done. */
  readonly ahead: number;
  /**
   * As `readBlocks`, which see for what it throws: `take` is called with the result of each block, in order; while the
   * promise is pending, no other is taken and little is read. The caller settles the object.
   */
  read(
    object: LogObject,
    take: (judged: Judged<A>) => Promise<void> | undefined,
    reading: Reading,
    options: ReadingOptions,
  ): Promise<void>;
}

/** One object's blocks before a judge, one after the other. What they give gathers until it is asked for. */
export interface Hearing<A = Alert> {
  /** The block's bytes are read before it returns. Throws only when the judge itself broke. */
  hear(block: LineBlock): BlockCount;
  /** How many alerts the next result has. */
  readonly alerts: number;
  /** What the blocks since the last call gave together, `firstBad` aside. */
  result(): Judged<A>;
}

/** A judge before which objects can be heard. */
export interface HearingJudge<A = Alert> {
  /** One object at a time: its hearing ends with the last result. */
  open(object: JudgedObject): Hearing<A>;
}

/** Judges on the thread it is called on. */
export class ScribingJudge<A> implements Judge<A>, HearingJudge<A> {
  readonly ahead = 0;
  readonly #rules: Pick<RuleSet, 'engine'>;
  readonly #scribe: Scribe<A>;
  readonly #geo: LineOrigin['geo'];
  readonly #maxLineBytes: number | undefined;
  readonly #engines = new Map<LogFormat, RuleEngine<LogEvent>>();
  /** Null for a format whose lines cannot be told from their bytes. */
  readonly #quietLines = new Map<LogFormat, QuietLines | null>();

  constructor(rules: Pick<RuleSet, 'engine'>, scribe: Scribe<A>, geo?: LineOrigin['geo'], maxLineBytes?: number) {
    this.#rules = rules;
    this.#scribe = scribe;
    this.#geo = geo;
    this.#maxLineBytes = maxLineBytes;
  }

  judge(object: JudgedObject, block: LineBlock): Judged<A> {
    const hearing = this.open(object);
    const count = hearing.hear(block);
    return { ...hearing.result(), ...count };
  }

  open(object: JudgedObject): Hearing<A> {
    const parser = new LineParser(object, this.#geo, this.#maxLineBytes);
    // A hearing that broke may have left some.
    this.#scribe.take();
    let raised = new Map<string, number>();
    let tally = new BadLineTally();
    let lines = 0;
    let events = 0;
    let alerts = 0;
    const write = (match: Match): void => {
      const { name } = match.rule;
      alerts += 1;
      raised.set(name, (raised.get(name) ?? 0) + 1);
      this.#scribe.write(match);
    };
    const visits: LineVisits = {
      quiet: (format) => this.#quiet(format),
      event: (event, format, suspects) => {
        for (const match of this.#engine(format).matches(event, suspects)) write(match);
      },
      matches: (matches) => matches.forEach(write),
      bad: (line, number, why) => tally.add(line, number, why),
    };
    return {
      hear: (block) => {
        const count = parser.parse(block, visits);
        lines += count.lines;
        events += count.events;
        return count;
      },
      get alerts() {
        return alerts;
      },
      result: () => {
        const { bad, badSamples } = tally;
        const judged = { lines, events, raised, alerts: this.#scribe.take(), bad, badSamples };
        raised = new Map();
        tally = new BadLineTally();
        lines = 0;
        events = 0;
        alerts = 0;
        return judged;
      },
    };
  }

  #quiet(format: LogFormat): QuietLines | undefined {
    let quiet = this.#quietLines.get(format);
    if (quiet === undefined) {
      quiet = this.#engine(format).quietLines?.(this.#geo, this.#scribe.ending) ?? null;
      this.#quietLines.set(format, quiet);
    }
    return quiet ?? undefined;
  }

  /** Compiled when the first line of its format is there. */
  #engine(format: LogFormat): RuleEngine<LogEvent> {
    let engine = this.#engines.get(format);
    if (engine === undefined) {
      engine = this.#rules.engine(format);
      this.#engines.set(format, engine);
    }
    return engine;
  }
}

/** As `ScribingJudge`, what is written being the alerts themselves. */
export class LocalJudge extends ScribingJudge<Alert> {
  constructor(rules: Pick<RuleSet, 'engine'>, geo?: LineOrigin['geo'], maxLineBytes?: number) {
    super(rules, new AlertScribe(), geo, maxLineBytes);
  }
}

class AlertScribe implements Scribe<Alert> {
  #alerts: Alert[] = [];

  write(match: Match): void {
    this.#alerts.push(match.alert());
  }

  take(): readonly Alert[] {
    const alerts = this.#alerts;
    this.#alerts = [];
    return alerts;
  }
}
