import type { Alert } from '../alert/alert.ts';
import { present } from '../base/present.ts';
import { done, type Outcome, reject, retry } from '../base/outcome.ts';
import { type BadLines, BadLineTally } from './bad-lines.ts';
import { GunzipError } from './gunzip-limits.ts';
import type { Judge, Judged, ObjectJudge } from './judge.ts';
import { NotALog } from './junk.ts';
import { type Reading, type ReadingLimits, readBlocks } from './read-object.ts';
import { type LogObject, Unreadable } from './sources/source.ts';

/** What became of one object. */
export interface ObjectReport extends Reading, BadLines {
  readonly object: string;
  /** As the object says. */
  readonly appearedAtMs?: number;
  /** How the object was settled. A cause that is not `done` is a message for a person. */
  readonly outcome: Outcome;
  readonly alerts: ReadonlyMap<string, number>;
}

/** As an `AlertIntake`, for what the judge's scribe makes of alerts. */
export interface Taker<A> {
  accept(alerts: readonly A[]): Promise<void>;
}

export interface DetectorOptions<A = Alert> {
  readonly judge: Judge<A> | ObjectJudge<A>;
  readonly intake: Taker<A>;
  readonly limits?: ReadingLimits;
  /** Told after each block of lines, for progress bars: decompressed bytes and lines since the last call. */
  readonly progressed?: (bytes: number, lines: number) => void;
}

/** Alerts that may wait for the intake before reading waits as well. */
const maxWaitingAlerts = 1000;

/**
 * One log object in, its alerts out, then settle. An object is settled `done` after the intake has all of its alerts on
 * disk, `reject` when it will never be readable (what was good in it counts), and `retry` when it may be: on a read error,
 * when the intake refuses, and when the signal stops the reading half-way. Objects may be read side by side.
 */
export class Detector<A = Alert> {
  readonly #options: DetectorOptions<A>;

  constructor(options: DetectorOptions<A>) {
    this.#options = options;
  }

  /** Never rejects for what an object holds or how reading it went; rejects when the source cannot settle. */
  async read(object: LogObject, signal: AbortSignal): Promise<ObjectReport> {
    const reading: Reading = { lines: 0, events: 0, bytes: 0, testObject: false };
    const tally = new BadLineTally();
    const alerts = new Map<string, number>();
    const pipe = new AlertPipe(this.#options.intake);
    const { judge, limits, progressed } = this.#options;
    let toldBytes = 0;
    const take = (judged: Judged<A>): Promise<void> | undefined => {
      tally.addAll(judged);
      let raised = 0;
      for (const [rule, count] of judged.raised) {
        raised += count;
        alerts.set(rule, (alerts.get(rule) ?? 0) + count);
      }
      pipe.push(judged.alerts, raised);
      progressed?.(reading.bytes - toldBytes, judged.lines);
      toldBytes = reading.bytes;
      return pipe.flow();
    };
    const options = present({ signal, limits });
    const outcome = await this.#attempt(signal, pipe, () =>
      'read' in judge
        ? judge.read(object, take, reading, options)
        : readBlocks(
            object,
            { ahead: judge.ahead, read: (block) => judge.judge(object, block), take },
            reading,
            options,
          ),
    );
    await object.settle(outcome);
    return {
      object: object.name,
      ...present({ appearedAtMs: object.appearedAtMs }),
      outcome,
      ...reading,
      bad: tally.bad,
      badSamples: tally.badSamples,
      alerts,
    };
  }

  async #attempt(signal: AbortSignal, pipe: AlertPipe<A>, read: () => Promise<void>): Promise<Outcome> {
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
}

/** What went wrong will go wrong at every attempt. */
export function isForever(cause: Error): boolean {
  return cause instanceof Unreadable || cause instanceof NotALog || cause instanceof GunzipError;
}

/**
 * Alerts on their way to the intake: one batch is being taken while the next one fills, so a slow disk makes batches larger,
 * and reading waits only when a full one is ready.
 */
class AlertPipe<A> {
  readonly #intake: Taker<A>;
  #waiting: A[] = [];
  #waitingAlerts = 0;
  #taking: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(intake: Taker<A>) {
    this.#intake = intake;
  }

  /** `count`: how many alerts they stand for. */
  push(alerts: readonly A[], count: number): void {
    for (const alert of alerts) this.#waiting.push(alert);
    this.#waitingAlerts += count;
  }

  flow(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#waiting.length === 0) return undefined;
    if (this.#taking === undefined) {
      this.#send();
      return undefined;
    }
    return this.#waitingAlerts < maxWaitingAlerts ? undefined : this.#taking.then(() => this.flow());
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
    this.#waitingAlerts = 0;
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
