import { readFile, stat } from 'node:fs/promises';
import type { Clock } from './clock.ts';

/** What a file says, kept up to date while the file is replaced under way. */
export interface WatchedFile<T> {
  /** From the last version of the file that could be read; undefined before there was one. */
  value(): T | undefined;
  /** Why the file as it stands now cannot be used, with its path; undefined when it can. */
  problem(): string | undefined;
  /** Reads the file again if it changed. Never rejects. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions<T> {
  readonly path: string;
  readonly maxBytes: number;
  /** How often it is looked at; 0 for never. */
  readonly everyMs: number;
  readonly clock: Clock;
  /** Throws an Error that says what is wrong with the text. */
  readonly read: (text: string) => T;
}

/** Resolves after the first look; a file that is missing is a problem, not a reason to reject. */
export async function watchFile<T>({ path, maxBytes, everyMs, clock, read }: WatchOptions<T>): Promise<WatchedFile<T>> {
  const closed = new AbortController();
  let version: string | undefined;
  let value: T | undefined;
  let problem: string | undefined;

  const check = async (): Promise<void> => {
    try {
      const { size, mtimeMs, ino } = await stat(path);
      const now = `${size}-${mtimeMs}-${ino}`;
      if (now === version) return;
      if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
      value = read(await readFile(path, 'utf8'));
      version = now;
      problem = undefined;
    } catch (error) {
      // Read again at the next look, even if nothing changed by then.
      version = undefined;
      problem = `${path} cannot be used: ${reasonOf(error)}${value === undefined ? '' : '; what it said before stays in use'}`;
    }
  };
  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await clock.sleep(everyMs, closed.signal);
      if (!closed.signal.aborted) await check();
    }
  };

  await check();
  const watching = everyMs > 0 ? watch() : Promise.resolve();
  return {
    value: () => value,
    problem: () => problem,
    check,
    async close() {
      closed.abort();
      await watching;
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : error.message;
}
