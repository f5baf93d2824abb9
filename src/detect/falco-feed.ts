import type { Clock } from '../base/clock.ts';
import { present } from '../base/present.ts';
import { done, type Outcome, reject, retry } from '../base/outcome.ts';
import { BadLineTally } from './bad-lines.ts';
import { isForever, type ObjectReport } from './detector.ts';
import { EventFrames } from './event-frames.ts';
import { FeedRefused, type PostEvents, sendUntilAccepted } from './feed-sender.ts';
import type { LineOrigin } from './formats/format.ts';
import { type Reading, type ReadingLimits, readObject } from './read-object.ts';
import type { LogObject } from './sources/source.ts';

export interface FalcoFeedOptions {
  /** See feed-sender.ts. */
  readonly post: PostEvents;
  readonly clock: Clock;
  readonly geo?: LineOrigin['geo'];
  readonly limits?: ReadingLimits;
  /** A batch is sent when it has so many bytes, and at the object's end. Below the plugin's `maxBodyBytes`. */
  readonly batchBytes?: number;
  /** Told when Falco cannot take a batch now and after how many milliseconds it is offered again. */
  readonly waiting?: (cause: Error, waitMs: number) => void;
  /** Told after each block of lines, for progress bars: decompressed bytes and lines since the last call. */
  readonly progressed?: (bytes: number, lines: number) => void;
}

/** About a thousand events: beyond that larger batches were not faster, and Falco's queue holds 64 of them. */
const defaultBatchBytes = 1 << 20;

/**
 * Feeds a real Falco instead of the embedded rules: one log object in, its events to the source plugin, then settle. An
 * object is settled `done` after Falco has accepted all of its events; otherwise as the detector does. Alerts come from
 * Falco over http_output, so the report has none.
 */
export class FalcoFeed {
  readonly #options: FalcoFeedOptions;

  constructor(options: FalcoFeedOptions) {
    this.#options = options;
  }

  /** Never rejects for what an object holds or how reading it went; rejects when the source cannot settle. */
  async read(object: LogObject, signal: AbortSignal): Promise<ObjectReport> {
    const reading: Reading = { lines: 0, events: 0, bytes: 0, testObject: false };
    const tally = new BadLineTally();
    const pipe = new EventPipe(this.#options, signal);
    let told = { bytes: 0, lines: 0 };
    const outcome = await this.#attempt(signal, pipe, () =>
      readObject(
        object,
        {
          take: (...line) => pipe.frames.line(...line),
          event: (event, format) => pipe.frames.event(event, format),
          bad: (line, number, why) => tally.add(line, number, why),
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
      badSamples: tally.badSamples,
      alerts: new Map(),
    };
  }

  async #attempt(signal: AbortSignal, pipe: EventPipe, read: () => Promise<void>): Promise<Outcome> {
    let ending: Outcome = done;
    try {
      await read();
    } catch (error) {
      ending = outcomeOf(error);
    }
    try {
      await pipe.drain();
    } catch (error) {
      ending = outcomeOf(error);
    }
    return signal.aborted && ending.kind !== 'done' ? retry(new Error('stopped before its end')) : ending;
  }
}

/** A refusal is about the feed, a token or a version, not about the object: it stays to be offered again. */
function outcomeOf(error: unknown): Outcome {
  const cause = error instanceof Error ? error : new Error(String(error));
  return isForever(cause) && !(cause instanceof FeedRefused) ? reject(cause) : retry(cause);
}

/** Events on their way to the plugin: one batch is under way while the next one fills; reading waits when it is full. */
class EventPipe {
  readonly #options: FalcoFeedOptions;
  readonly #signal: AbortSignal;
  readonly #batchBytes: number;
  readonly frames: EventFrames;
  #sending: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(options: FalcoFeedOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#batchBytes = options.batchBytes ?? defaultBatchBytes;
    // Whole blocks go into a batch, so most are a little larger.
    this.frames = new EventFrames(Math.ceil(1.25 * this.#batchBytes));
  }

  flow(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.frames.size < this.#batchBytes) return undefined;
    if (this.#sending === undefined) {
      this.#send();
      return undefined;
    }
    return this.#sending.then(() => this.flow());
  }

  async drain(): Promise<void> {
    while (this.#sending !== undefined || this.frames.size > 0) {
      if (this.#failure !== undefined) break;
      if (this.#sending === undefined) this.#send();
      await this.#sending;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #send(): void {
    const body = this.frames.take();
    const { post, clock, waiting } = this.#options;
    this.#sending = sendUntilAccepted(post, body, present({ clock, waiting }), this.#signal)
      .catch((error: unknown) => {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      })
      .then(() => {
        this.#sending = undefined;
      });
  }
}
