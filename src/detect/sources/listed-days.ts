import { AwsTrouble } from '../../aws/trouble.ts';
import { present } from '../../base/present.ts';
import { reasonToSkip } from './elb-key.ts';
import { InFlight, type InFlightLimits } from './in-flight.ts';
import { endOfLog } from './log-days.ts';
import { Retries } from './retries.ts';
import type { Listed, S3Bucket } from './s3-bucket.ts';
import { readS3Object } from './s3-object.ts';
import type { LogObject, SourceTools } from './source.ts';

/** The times between which logs are read: the ends of their intervals, as their names say. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The logs that one day brought in one region of one account: the folder `region + day`. */
export interface RegionDay {
  readonly region: string;
  readonly day: string;
}

/** The regions that could not be listed in one walk, each with why: what else of them the walk meets is left out. */
export type Troubled = Map<string, Error>;

interface ListedDaysOptions extends InFlightLimits {
  readonly maxTries: number;
  readonly stallTimeoutMs: number;
  /** The source ends: failures are not tried again after their own pauses, but when the source asks what is unfinished. */
  readonly ends: boolean;
}

/** Lists the folders of days and offers what in them is not settled. */
export class ListedDays {
  readonly #bucket: S3Bucket;
  readonly #options: ListedDaysOptions;
  readonly #tools: SourceTools;
  readonly #inFlight: InFlight;
  readonly #retries: Retries;
  /** Offered and not settled, by name. */
  readonly #offered = new Set<string>();
  /** By folder; only where the source ends. */
  readonly #unfinished = new Map<string, RegionDay>();

  constructor(bucket: S3Bucket, options: ListedDaysOptions, tools: SourceTools) {
    this.#bucket = bucket;
    this.#options = options;
    this.#tools = tools;
    this.#inFlight = new InFlight(options);
    this.#retries = new Retries({ maxTries: options.maxTries }, tools);
  }

  /** Objects that are out, or wait for another try. */
  get waiting(): number {
    return this.#offered.size + this.#retries.size;
  }

  /**
   * Where passing trouble kept something from being listed or read since the last call, in order of name. Waits until all
   * that was offered is settled, for until then it may fail.
   */
  async unfinished(signal: AbortSignal): Promise<readonly RegionDay[]> {
    await this.#inFlight.empty(signal);
    const places = [...this.#unfinished].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
    this.#unfinished.clear();
    return places;
  }

  /**
   * What is to be read of a region's day. Returns true when the listing was whole and all that it showed is settled. What
   * cannot be listed is reported once in a walk, and the rest of that region left out of it.
   */
  async *day(
    place: RegionDay,
    range: Range,
    troubled: Troubled,
    signal: AbortSignal,
  ): AsyncGenerator<LogObject, boolean> {
    const { region, day } = place;
    const before = troubled.get(region);
    if (before !== undefined) {
      this.#leave(place, before);
      return false;
    }
    let settled = true;
    try {
      for await (const page of this.#bucket.pages(region + day, signal)) {
        for (const listed of page) {
          const state = this.#stateOf(listed, range);
          if (state === 'settled') continue;
          settled = false;
          if (state === 'waits') continue;
          if (!(await this.#inFlight.enter(listed.size, signal))) return false;
          yield this.#offer(place, listed, signal);
        }
      }
    } catch (error) {
      if (signal.aborted) return false;
      const cause = error instanceof Error ? error : new Error(String(error));
      troubled.set(region, cause);
      this.#leave(place, cause);
      this.#tools.report({ kind: 'trouble', cause });
      return false;
    }
    return settled;
  }

  #stateOf({ key, name, version, modifiedMs }: Listed, { fromMs, toMs }: Range): 'settled' | 'waits' | 'new' {
    const { progress, report } = this.#tools;
    const endMs = endOfLog(key) ?? modifiedMs ?? fromMs;
    if (endMs < fromMs || endMs > toMs) return 'settled';
    if (this.#offered.has(name)) return 'waits';
    if (progress.settledVersion(this.#tools.name, name) === version) return 'settled';
    const reason = reasonToSkip(key);
    if (reason !== undefined) {
      report({ kind: 'skipped', name, reason });
      progress.settle(this.#tools.name, name, version);
      return 'settled';
    }
    return this.#retries.waits(name) ? 'waits' : 'new';
  }

  #offer(place: RegionDay, { key, name, size, version, modifiedMs }: Listed, signal: AbortSignal): LogObject {
    const { clock, progress } = this.#tools;
    const { bucket, client, requestPayer } = this.#bucket;
    const { stallTimeoutMs } = this.#options;
    this.#offered.add(name);
    return {
      name,
      size,
      ...present({ appearedAtMs: modifiedMs }),
      open: (readSignal) =>
        readS3Object(
          { client: Promise.resolve(client), clock, requestPayer, stallTimeoutMs },
          { bucket, key },
          readSignal,
        ),
      settle: async (outcome) => {
        this.#offered.delete(name);
        this.#inFlight.leave(size);
        if (outcome.kind === 'retry') {
          // Stopping is no failure of the object.
          if (signal.aborted) return;
          if (this.#options.ends) return this.#leave(place, outcome.cause);
          if (this.#retries.again(name, outcome)) return;
        }
        this.#retries.forget(name);
        progress.settle(this.#tools.name, name, version);
      },
    };
  }

  /** Where a person has to change something first, another try would be in vain. */
  #leave(place: RegionDay, cause: Error): void {
    if (!this.#options.ends || (cause instanceof AwsTrouble && cause.lasts === 'lasting')) return;
    this.#unfinished.set(place.region + place.day, place);
  }
}
