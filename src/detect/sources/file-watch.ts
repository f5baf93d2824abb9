import { type BigIntStats, type FSWatcher, watch } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sayFileError } from '../../base/file-error.ts';
import { bookmarkNames, bookmarkPrefix, type Found, lookAt } from './followed-file.ts';
import { Retries } from './retries.ts';
import type { LogObject, SourceTools } from './source.ts';

/** A burst of writes is one change. */
const calmMs = 100;
const dayMs = 86_400_000;
/** The bookmark of a file that is nowhere outlives it by so long: it may be on a disk that is not mounted. */
const bookmarksKeptMs = 7 * dayMs;
/** A file that cannot be read is tried for ever: it stands there, and someone may see to it. */
const pauses = { maxTries: Number.POSITIVE_INFINITY, firstPauseMs: 5_000, lastPauseMs: 5 * 60_000 };

/** A file at the last look. */
interface Seen {
  /** Changes with its content; absent while it has to be looked at again though it does not. */
  readonly version?: string;
  readonly key: string | undefined;
}

/** Files that grow and folders that files come to, read for as long as the source runs. One object at a time. */
export class FileWatch {
  readonly #paths: readonly string[];
  readonly #pollMs: number;
  readonly #tools: SourceTools;
  readonly #watchers = new Map<string, FSWatcher>();
  #seen = new Map<string, Seen>();
  readonly #retries: Retries;
  #expiredAtMs = Number.NEGATIVE_INFINITY;
  /** What cannot be read, so that it is told once. */
  readonly #troubled = new Set<string>();
  #changed = new AbortController();

  constructor(paths: readonly string[], pollMs: number, tools: SourceTools) {
    this.#paths = paths;
    this.#pollMs = pollMs;
    this.#tools = tools;
    this.#retries = new Retries(pauses, tools);
  }

  async *objects(signal: AbortSignal): AsyncGenerator<LogObject> {
    const { clock } = this.#tools;
    try {
      while (!signal.aborted) {
        // Before the walk: what changes meanwhile is looked at in the next one.
        this.#changed = new AbortController();
        yield* this.#walk(signal);
        await clock.sleep(this.#pollMs, AbortSignal.any([signal, this.#changed.signal]));
        if (this.#changed.signal.aborted) await clock.sleep(calmMs, signal);
      }
    } finally {
      for (const watcher of this.#watchers.values()) watcher.close();
      this.#watchers.clear();
    }
  }

  async *#walk(signal: AbortSignal): AsyncGenerator<LogObject> {
    const seen = new Map<string, Seen>();
    for (const path of this.#paths) {
      for await (const found of this.#found(path)) {
        if (signal.aborted) return;
        const version = `${found.stats.ino}-${found.stats.size}-${found.stats.mtimeNs}`;
        const before = this.#seen.get(found.path);
        if (before?.version === version || this.#retries.waits(found.path)) {
          seen.set(found.path, before ?? { key: undefined });
          continue;
        }
        const looked = await this.#try(found.path, () => lookAt(found, this.#tools));
        if (looked === undefined) continue;
        const { look, key } = looked;
        seen.set(found.path, look === 'nothing new' ? { version, key } : { key });
        if (typeof look === 'object') yield this.#watched(look, found.path, signal);
      }
    }
    this.#seen = seen;
    this.#retries.keep(seen);
    this.#expire();
  }

  /** The object, its file left alone for a while when it fails. */
  #watched(object: LogObject, path: string, signal: AbortSignal): LogObject {
    return {
      ...object,
      settle: (outcome) => {
        if (outcome.kind !== 'retry') this.#retries.forget(path);
        // Stopping is no failure of the file.
        else if (!signal.aborted) this.#retries.again(path, outcome);
        return object.settle(outcome);
      },
    };
  }

  /** Once a day, after a walk through everything: forgets files that are gone. */
  #expire(): void {
    const { name, clock, progress } = this.#tools;
    if (clock.now() - this.#expiredAtMs < dayMs) return;
    this.#expiredAtMs = clock.now();
    const there = [...this.#seen].flatMap(([path, { key }]) => (key === undefined ? [] : bookmarkNames(key, path)));
    progress.expire(name, bookmarkPrefix, new Set(there), clock.now(), bookmarksKeptMs);
  }

  async *#found(path: string): AsyncGenerator<Found> {
    const stats = await this.#try(path, () => stat(this.#tools.resolvePath(path), { bigint: true }));
    if (stats?.isDirectory()) {
      this.#watch(path, true);
      yield* this.#below(path);
      return;
    }
    this.#watch(dirname(path), false);
    // A file that was rotated away is among its neighbours. Those first: their lines are older.
    const start = basename(path);
    const names = await this.#names(dirname(path));
    const rotated = names.filter((name) => name.startsWith(`${start}.`) || name.startsWith(`${start}-`));
    for (const name of rotated) {
      const neighbour = await this.#neighbour(join(dirname(path), name));
      if (neighbour?.isFile()) yield { path: join(dirname(path), name), stats: neighbour, onlyIfKnown: true };
    }
    if (stats?.isFile()) yield { path, stats };
  }

  async *#below(folder: string): AsyncGenerator<Found> {
    for (const entry of await this.#names(folder)) {
      const path = join(folder, entry);
      const stats = await this.#neighbour(path);
      if (stats?.isFile()) yield { path, stats };
      else if (stats?.isDirectory()) yield* this.#below(path);
    }
  }

  async #names(folder: string): Promise<string[]> {
    const names = await this.#try(folder, () => readdir(this.#tools.resolvePath(folder)));
    return (names ?? []).filter((name) => !name.startsWith('.')).sort();
  }

  /** Undefined when it has gone since the folder was listed, or is a link to a folder, which may lead in a circle. */
  async #neighbour(path: string): Promise<BigIntStats | undefined> {
    try {
      const entry = await lstat(this.#tools.resolvePath(path), { bigint: true });
      if (!entry.isSymbolicLink()) return entry;
      const target = await stat(this.#tools.resolvePath(path), { bigint: true });
      return target.isFile() ? target : undefined;
    } catch {
      return undefined;
    }
  }

  /** Undefined when it failed, which is told once until it goes again. */
  async #try<T>(path: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await ask();
      this.#troubled.delete(path);
      return answer;
    } catch (error) {
      const cause = new Error(`${path} cannot be read: ${sayFileError(error)}`);
      if (!this.#troubled.has(path)) this.#tools.report({ kind: 'trouble', cause });
      this.#troubled.add(path);
      return undefined;
    }
  }

  /** Changes are told by the kernel where it can; listing every `poll_interval` finds what it did not tell. */
  #watch(folder: string, recursive: boolean): void {
    if (this.#watchers.has(folder)) return;
    const forget = (): void => {
      this.#watchers.get(folder)?.close();
      this.#watchers.delete(folder);
    };
    try {
      const watcher = watch(this.#tools.resolvePath(folder), { recursive }, () => this.#changed.abort());
      watcher.on('error', forget);
      this.#watchers.set(folder, watcher);
    } catch {
      forget();
    }
  }
}
