import type { Alert } from '../alert/alert.ts';
import type { AlertIntake } from '../alert/alert-intake.ts';
import { textOfBytes } from '../base/bytes.ts';
import { present } from '../base/present.ts';
import { done, type Outcome, reject, retry } from '../base/outcome.ts';
import type { BadLine, LineOrigin, LogEvent, LogFormat } from './formats/format.ts';
import { GunzipError } from './gunzip.ts';
import { NotALog } from './junk.ts';
import { type Reading, type ReadingLimits, readObject } from './read-object.ts';
import type { RuleEngine, RuleSet } from './rules/engine.ts';
import { type LogObject, Unreadable } from './sources/source.ts';

/** A bad line, for a person to look at. */
interface BadLineSample {
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
  /** The line's beginning, text, not escaped. */
  readonly start: string;
}

/** What became of one object. */
export interface ObjectReport extends Reading {
  readonly object: string;
  /** As the object says. */
  readonly appearedAtMs?: number;
  /** How the object was settled. A cause that is not `done` is a message for a person. */
  readonly outcome: Outcome;
  readonly bad: ReadonlyMap<string, number>;
  /** The first few bad lines. */
  readonly badSamples: readonly BadLineSample[];
  readonly alerts: ReadonlyMap<string, number>;
}

export interface DetectorOptions {
  readonly rules: Pick<RuleSet, 'engine'>;
  readonly intake: AlertIntake;
  readonly geo?: LineOrigin['geo'];
  readonly limits?: ReadingLimits;
  /** Told after each block of lines, for progress bars: decompressed bytes and lines since the last call. */
  readonly progressed?: (bytes: number, lines: number) => void;
}

/** Alerts that may wait for the intake before reading waits as well. */
const maxWaitingAlerts = 1000;
const maxSamples = 5;
const sampleBytes = 300;

/**
 * One log object in, its alerts out, then settle. An object is settled `done` after the intake has all of its alerts on
 * disk, `reject` when it will never be readable (what was good in it counts), and `retry` when it may be: on a read error,
 * when the intake refuses, and when the signal stops the reading half-way. Objects may be read side by side.
 */
export class Detector {
  readonly #options: DetectorOptions;
  readonly #engines = new Map<LogFormat, RuleEngine<LogEvent>>();

  constructor(options: DetectorOptions) {
    this.#options = options;
  }

  /** Never rejects for what an object holds or how reading it went; rejects when the source cannot settle. */
  async read(object: LogObject, signal: AbortSignal): Promise<ObjectReport> {
    const reading: Reading = { lines: 0, events: 0, bytes: 0, testObject: false };
    const tally = new Tally();
    const pipe = new AlertPipe(this.#options.intake);
    let told = { bytes: 0, lines: 0 };
    const outcome = await this.#attempt(signal, pipe, () =>
      readObject(
        object,
        {
          event: (event, format) => {
            const alerts = this.#engine(format).evaluate(event);
            for (const alert of alerts) {
              tally.alert(alert);
              pipe.push(alert);
            }
          },
          bad: (line, number, why) => tally.badLine(line, number, why),
          blockEnd: () => {
            this.#options.progressed?.(reading.bytes - told.bytes, reading.lines - told.lines);
            told = { bytes: reading.bytes, lines: reading.lines };
            return pipe.flow();
          },
        },
        reading,
        present({ signal, geo: this.#options.geo, limits: this.#options.limits }),
      ),
    );
    await object.settle(outcome);
    return {
      object: object.name,
      ...present({ appearedAtMs: object.appearedAtMs }),
      outcome,
      ...reading,
      bad: tally.bad,
      badSamples: tally.samples,
      alerts: tally.alerts,
    };
  }

  async #attempt(signal: AbortSignal, pipe: AlertPipe, read: () => Promise<void>): Promise<Outcome> {
    let ending: Outcome = done;
    try {
      await read();
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      ending = isForever(cause) ? reject(cause) : retry(cause);
    }
    try {
      await pipe.drain();
    } catch (error) {
      return retry(new Error('the alerts could not be stored', { cause: error }));
    }
    return signal.aborted && ending.kind !== 'done' ? retry(new Error('stopped before its end')) : ending;
  }

  /** Compiled when the first line of its format is there. */
  #engine(format: LogFormat): RuleEngine<LogEvent> {
    let engine = this.#engines.get(format);
    if (engine === undefined) {
      engine = this.#options.rules.engine(format);
      this.#engines.set(format, engine);
    }
    return engine;
  }
}

/** What went wrong will go wrong at every attempt. */
export function isForever(cause: Error): boolean {
  return cause instanceof Unreadable || cause instanceof NotALog || cause instanceof GunzipError;
}

/** Counts what a report says. */
export class Tally {
  readonly bad = new Map<string, number>();
  readonly samples: BadLineSample[] = [];
  readonly alerts = new Map<string, number>();

  alert(alert: Alert): void {
    this.alerts.set(alert.rule, (this.alerts.get(alert.rule) ?? 0) + 1);
  }

  badLine(line: string, number: number, why: BadLine): void {
    this.bad.set(why.reason, (this.bad.get(why.reason) ?? 0) + 1);
    if (this.samples.length >= maxSamples) return;
    const start = textOfBytes(line.slice(0, sampleBytes));
    this.samples.push({ line: number, reason: why.reason, detail: why.detail, start });
  }
}

/**
 * Alerts on their way to the intake: one batch is being taken while the next one fills, so a slow disk makes batches larger,
 * and reading waits only when a full one is ready.
 */
class AlertPipe {
  readonly #intake: AlertIntake;
  #waiting: Alert[] = [];
  #taking: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(intake: AlertIntake) {
    this.#intake = intake;
  }

  push(alert: Alert): void {
    this.#waiting.push(alert);
  }

  flow(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#waiting.length === 0) return undefined;
    if (this.#taking === undefined) {
      this.#send();
      return undefined;
    }
    return this.#waiting.length < maxWaitingAlerts ? undefined : this.#taking.then(() => this.flow());
  }

  async drain(): Promise<void> {
    while (this.#taking !== undefined || this.#waiting.length > 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#taking === undefined) this.#send();
      await this.#taking;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #send(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#taking = this.#intake
      .accept(batch)
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      })
      .then(() => {
        this.#taking = undefined;
      });
  }
}
