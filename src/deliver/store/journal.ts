import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, readdirSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { JournalPlace } from './alert-log.ts';
import { Frames } from './frames.ts';
import type { AlertRecord } from './record.ts';

/*
 * The journal: alerts that were answered and are not in the table yet. Files beside the store's, `alerts.db.journal-1` and
 * so on, each nothing but frames; only its end is ever written.
 *
 *   append ──▶ gathered ──(next turn of the event loop: one write)──▶ resolve 'written'
 *                                                        │
 *                                                        └──(within syncEveryMs: one fdatasync, beside the event loop)
 *
 * One row's transaction in SQLite takes a dozen system calls and two pages; a frame takes its own bytes, and one call for
 * all that came in the meantime.
 */
export interface JournalOptions {
  /** The store's file. */
  readonly path: string;
  /** The first segment to write; there must be none of that number or a higher one. */
  readonly segment: number;
  readonly clock: Clock;
  readonly syncEveryMs: number;
  /** A segment is not written on past this. */
  readonly segmentBytes?: number;
  /** Makes an error one that a person can act on. */
  readonly explain: (error: unknown) => Error;
  /** In place of fdatasync; tests of power cuts and broken disks. */
  readonly sync?: (fd: number, segment: number) => Promise<void>;
}

interface Segment {
  readonly number: number;
  readonly fd: number;
}

export class Journal {
  readonly #options: JournalOptions;
  readonly #segmentBytes: number;
  readonly #closing = new AbortController();
  #frames = new Frames();
  #segment: Segment;
  #offset = 0;
  /** Bytes of all segments of this journal up to `end()`. */
  #bytes = 0;
  /** Bytes of all segments before each. */
  readonly #starts = new Map<number, number>();
  #turn: PromiseWithResolvers<void> | undefined;
  /** Written on since their last sync; all but the last are at their end. */
  #unsynced: Segment[] = [];
  /** Being synced now, or next; closed then, when nothing more is written to them. */
  readonly #underSync = new Set<Segment>();
  #syncing: Promise<void> | undefined;
  #broken: Error | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? 16 * 1024 * 1024;
    this.#segment = this.#open(options.segment);
  }

  /** Resolves once the records would survive kill -9; rejects when none of them may be taken as stored. */
  append(records: readonly AlertRecord[]): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    for (const record of records) this.#frames.add(record);
    if (this.#turn === undefined) {
      this.#turn = Promise.withResolvers();
      setImmediate(() => this.flush());
    }
    return this.#turn.promise;
  }

  /** Behind the last frame that was written. */
  end(): JournalPlace {
    return { segment: this.#segment.number, offset: this.#offset };
  }

  /** Bytes that lie behind that place. */
  bytesAfter({ segment, offset }: JournalPlace): number {
    const start = this.#starts.get(segment);
    return start === undefined ? this.#bytes : this.#bytes - start - offset;
  }

  /** Everything before that place is no longer needed here. */
  forgetBefore({ segment }: JournalPlace): void {
    for (const number of this.#starts.keys()) if (number < segment) this.#starts.delete(number);
  }

  /** Writes what has gathered. */
  flush(): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#turn = undefined;
    const bytes = this.#frames.take();
    try {
      if (this.#broken) throw this.#broken;
      if (this.#offset >= this.#segmentBytes) this.#rotate();
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#segment.fd, bytes, done, bytes.length - done, this.#offset + done);
    } catch (error) {
      this.#cut();
      turn.reject(this.#broken ?? this.#options.explain(error));
      return;
    }
    this.#offset += bytes.length;
    this.#bytes += bytes.length;
    // One very large alert must not hold its memory for ever.
    if (bytes.buffer.byteLength > 1024 * 1024) this.#frames = new Frames();
    if (this.#unsynced.at(-1) !== this.#segment) this.#unsynced.push(this.#segment);
    this.#syncing ??= this.#syncSoon();
    turn.resolve();
  }

  /** Writes and syncs what there is, and takes nothing more. */
  async close(): Promise<void> {
    this.flush();
    this.#closing.abort();
    await this.#syncing;
    this.#broken ??= this.#options.explain(new Error('it is closed'));
    closeSync(this.#segment.fd);
  }

  #open(number: number): Segment {
    const fd = openSync(segmentPath(this.#options.path, number), 'wx', 0o600);
    const folder = openSync(dirname(this.#options.path), 'r');
    fsyncSync(folder);
    closeSync(folder);
    this.#starts.set(number, this.#bytes);
    return { number, fd };
  }

  #rotate(): void {
    const full = this.#segment;
    this.#segment = this.#open(full.number + 1);
    this.#offset = 0;
    if (!this.#unsynced.includes(full) && !this.#underSync.has(full)) closeSync(full.fd);
  }

  /** Part of the frames may stand there; the next write goes over them, but a reader should not see them. */
  #cut(): void {
    try {
      ftruncateSync(this.#segment.fd, this.#offset);
    } catch {
      // A disk that takes no truncation either: the frames' sums tell them apart.
    }
  }

  async #syncSoon(): Promise<void> {
    const { clock, syncEveryMs, sync = fdatasyncOf } = this.#options;
    while (this.#unsynced.length > 0) {
      await clock.sleep(syncEveryMs, this.#closing.signal);
      const segments = this.#unsynced;
      this.#unsynced = [];
      try {
        for (const segment of segments) this.#underSync.add(segment);
        for (const segment of segments) {
          await sync(segment.fd, segment.number);
          this.#underSync.delete(segment);
          if (segment !== this.#segment && !this.#unsynced.includes(segment)) closeSync(segment.fd);
        }
      } catch (error) {
        // The kernel may have dropped what it could not write: a second try would succeed without it.
        this.#broken ??= this.#options.explain(error);
        this.#unsynced = [];
      }
    }
    this.#syncing = undefined;
  }
}

const fdatasyncLater = promisify(fdatasync);
const fdatasyncOf = (fd: number): Promise<void> => fdatasyncLater(fd);

export function segmentPath(path: string, number: number): string {
  return `${path}.journal-${number}`;
}

/** The numbers of the segments that are there, in order. */
export function segmentsOf(path: string): readonly number[] {
  const start = `${basename(path)}.journal-`;
  return readdirSync(dirname(join(path)))
    .filter((name) => name.startsWith(start) && /^[1-9]\d*$/.test(name.slice(start.length)))
    .map((name) => Number(name.slice(start.length)))
    .sort((a, b) => a - b);
}
