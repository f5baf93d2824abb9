import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Session } from './session.ts';

/** Remembered until they would have expired. */
const maxEnded = 2_000;

interface Kept {
  /** Sessions that began before this are over, milliseconds since the Unix epoch. */
  readonly beganBefore: number;
  /** When each ended session would have expired, by its id. */
  readonly ended: Readonly<Record<string, number>>;
}

/**
 * The sessions that people ended before they expired: a copy of such a cookie opens nothing. In a file, so that they are over
 * after a restart as well. When there are too many to remember, or the file cannot be read, every session so far is over:
 * people log in again, and nobody comes in who should not.
 */
export class EndedSessions {
  readonly #path: string;
  readonly #now: () => number;
  #beganBefore: number;
  readonly #ended: Map<string, number>;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    const { beganBefore, ended } = readKept(path, now());
    this.#beganBefore = beganBefore;
    this.#ended = new Map(Object.entries(ended));
  }

  has({ id, beganMs }: Session): boolean {
    return beganMs < this.#beganBefore || this.#ended.has(id);
  }

  /** Synced to disk when it returns. */
  add(session: Session): void {
    if (this.has(session)) return;
    const nowMs = this.#now();
    for (const [id, expiresMs] of this.#ended) if (expiresMs <= nowMs) this.#ended.delete(id);
    if (this.#ended.size >= maxEnded) {
      this.#ended.clear();
      // Those of this very millisecond as well.
      this.#beganBefore = nowMs + 1;
    } else this.#ended.set(session.id, session.expiresMs);
    this.#write({ beganBefore: this.#beganBefore, ended: Object.fromEntries(this.#ended) });
  }

  #write(kept: Kept): void {
    const fresh = `${this.#path}.new`;
    const file = openSync(fresh, 'w', 0o600);
    try {
      writeFileSync(file, JSON.stringify(kept));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, this.#path);
  }
}

function readKept(path: string, nowMs: number): Kept {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { beganBefore: 0, ended: {} };
    throw error;
  }
  try {
    const { beganBefore, ended } = JSON.parse(text) as Kept;
    if (typeof beganBefore === 'number' && Object.values(ended).every((expiresMs) => typeof expiresMs === 'number'))
      return { beganBefore, ended };
  } catch {
    // Not what was written.
  }
  return { beganBefore: nowMs, ended: {} };
}
