import type { Alert } from '../alert/alert.ts';
import { type BadLines, BadLineTally } from './bad-lines.ts';
import type { LineOrigin, LogEvent, LogFormat } from './formats/format.ts';
import { type BlockCount, LineParser } from './line-parser.ts';
import type { LineBlock } from './lines.ts';
import type { RuleEngine, RuleSet } from './rules/engine.ts';
import type { LogObject } from './sources/source.ts';

/** What the rules make of a block of lines. Plain values, so that it can come from another thread. */
export interface Judged extends BlockCount, BadLines {
  /** In the order of the lines. */
  readonly alerts: readonly Alert[];
}

/** What a judge knows of the object that a block is from. */
export type JudgedObject = Pick<LogObject, 'name' | 'linesNameTheirOrigin'>;

/** Runs the rules over blocks of lines: here, or on other threads (judge-pool.ts). */
export interface Judge {
  /** So many blocks may be begun beyond the one whose result is waited for. */
  readonly ahead: number;
  /** The block's bytes may be read until the result is there. Rejects only when the judge itself broke. */
  judge(object: JudgedObject, block: LineBlock): Judged | Promise<Judged>;
}

/** Judges on the thread it is called on. */
export class LocalJudge implements Judge {
  readonly ahead = 0;
  readonly #rules: Pick<RuleSet, 'engine'>;
  readonly #geo: LineOrigin['geo'];
  readonly #maxLineBytes: number | undefined;
  readonly #engines = new Map<LogFormat, RuleEngine<LogEvent>>();

  constructor(rules: Pick<RuleSet, 'engine'>, geo?: LineOrigin['geo'], maxLineBytes?: number) {
    this.#rules = rules;
    this.#geo = geo;
    this.#maxLineBytes = maxLineBytes;
  }

  judge(object: JudgedObject, block: LineBlock): Judged {
    const alerts: Alert[] = [];
    const tally = new BadLineTally();
    const count = new LineParser(object, this.#geo, this.#maxLineBytes).parse(block, {
      event: (event, format) => {
        for (const alert of this.#engine(format).evaluate(event)) alerts.push(alert);
      },
      bad: (line, number, why) => tally.add(line, number, why),
    });
    return { ...count, alerts, bad: tally.bad, badSamples: tally.badSamples };
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
