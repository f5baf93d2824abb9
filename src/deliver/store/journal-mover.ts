import { renameSync, unlinkSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import type { JournalPlace } from './alert-log.ts';
import { segmentPath, segmentsOf } from './journal.ts';
import { readJournal } from './read-journal.ts';
import type { SqliteStore } from './sqlite.ts';

export interface MoverOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly store: Pick<SqliteStore, 'move' | 'moved'>;
  /** Told after each transaction, and when one does not go through: then it is tried again, every second. */
  readonly told: (moved: JournalPlace, problem: string | undefined) => void;
  /** Something that a person should read. */
  readonly notice: (text: string) => void;
}

/** Between transactions, so that each takes what came in the meantime instead of one alert. */
const pauseMs = 20;
const retryMs = 1000;
/** A part with so many alerts leaves no time to pause. */
const muchAtOnce = 500;

/** Takes the journal over into the table, in order: the alerts and the place up to where they came in one transaction. */
export class JournalMover {
  readonly #options: MoverOptions;
  readonly #closing = new AbortController();
  #at: JournalPlace;
  #until: JournalPlace;
  #running: Promise<void> | undefined;

  constructor(options: MoverOptions) {
    this.#options = options;
    this.#at = options.store.moved();
    this.#until = this.#at;
  }

  /**
   * Takes over what an earlier process left, to the end of every segment. An end that is no whole frame was cut when the
   * machine stopped; it is kept aside, as it may hold alerts that were answered just before a power cut. Answers the number
   * that the next segment should have.
   */
  async recover(): Promise<number> {
    const { path, store, notice } = this.#options;
    const segments = segmentsOf(path);
    const last = segments.at(-1) ?? this.#at.segment;
    const kept = new Set<number>();
    for (const segment of segments) {
      if (segment < this.#at.segment) continue;
      let at = segment === this.#at.segment ? this.#at : { segment, offset: 0 };
      for (;;) {
        const { records, free, next, cutBytes } = readJournal(path, at, segment);
        if (records.length === 0) {
          if (cutBytes === 0) break;
          kept.add(segment);
          notice(
            `the journal ${segmentPath(path, segment)} ends in ${cutBytes} bytes that are not whole: alerts that came in the last moment before the machine stopped may be missing; the file is kept with the ending .damaged`,
          );
          break;
        }
        await store.move(records, next, 'written').finally(free);
        at = next;
      }
    }
    this.#at = { segment: Math.max(last, this.#at.segment) + 1, offset: 0 };
    this.#until = this.#at;
    await store.move([], this.#at, 'synced');
    for (const segment of segments) {
      const file = segmentPath(path, segment);
      if (kept.has(segment)) renameSync(file, `${file}.damaged`);
      else unlinkSync(file);
    }
    return this.#at.segment;
  }

  /** There are whole frames up to that place. */
  moveTo(until: JournalPlace): void {
    this.#until = until;
    if (this.#running !== undefined) return;
    // What is read goes on to the end of a segment, which may have been further than was told: each call is answered.
    if (this.#isBehind()) this.#running = this.#run();
    else this.#options.told(this.#at, undefined);
  }

  /** Takes over what was told of, as far as it goes through, and removes what is then empty. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    if (this.#isBehind()) return;
    await this.#options.store.move([], this.#at, 'synced');
    for (const segment of segmentsOf(this.#options.path)) unlinkSync(segmentPath(this.#options.path, segment));
  }

  #isBehind(): boolean {
    const { segment, offset } = this.#until;
    return this.#at.segment < segment || (this.#at.segment === segment && this.#at.offset < offset);
  }

  async #run(): Promise<void> {
    const { clock, told } = this.#options;
    const { signal } = this.#closing;
    while (this.#isBehind()) {
      try {
        const isMore = await this.#moveSome();
        told(this.#at, undefined);
        if (!isMore) await clock.sleep(pauseMs, signal);
      } catch (error) {
        told(this.#at, error instanceof Error ? error.message : String(error));
        if (signal.aborted) break;
        await clock.sleep(retryMs, signal);
      }
    }
    this.#running = undefined;
  }

  /** True when there is more to be moved at once. */
  async #moveSome(): Promise<boolean> {
    const { path, store } = this.#options;
    const { records, free, next, cutBytes } = readJournal(path, this.#at, this.#until.segment);
    if (records.length === 0 && cutBytes > 0)
      throw new Error(`the journal ${segmentPath(path, this.#at.segment)} is damaged at byte ${this.#at.offset}`);
    const isNew = next.segment !== this.#at.segment;
    // A segment goes when its alerts would survive a power cut without it.
    await store.move(records, next, isNew ? 'synced' : 'written').finally(free);
    if (isNew) unlinkSync(segmentPath(path, this.#at.segment));
    this.#at = next;
    return this.#isBehind() && (isNew || records.length >= muchAtOnce);
  }
}
