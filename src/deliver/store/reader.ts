import type { DatabaseSync } from 'node:sqlite';
import type { AlertReader, Durability, ReaderCommit, StoredAlert } from './alert-store.ts';
import { alertColumns, letterOf, storedAlert } from './queries.ts';

/** What a reader uses of the store that it belongs to. */
export interface ReaderTools {
  /** Only read from here. */
  readonly db: DatabaseSync;
  readonly commit: (reader: string, commit: ReaderCommit, durability: Durability) => Promise<void>;
  readonly changed: (signal: AbortSignal) => Promise<void>;
}

/** One `next` returns no more than this of alerts' JSON, or one alert: bounds memory however large the alerts are. */
const maxBytesAtOnce = 256 * 1024;

export function createReader(name: string, { db, commit, changed }: ReaderTools): AlertReader {
  const cursor = db.prepare('SELECT position FROM cursors WHERE reader = ?').get(name);
  const select = db.prepare(`SELECT ${alertColumns} FROM alerts WHERE position > ? ORDER BY position LIMIT ?`);
  const selectReplays = db.prepare('SELECT * FROM dead WHERE output = ? AND replay = 1 ORDER BY letter');

  let committed = Number(cursor?.['position'] ?? 0);
  let seen = committed;
  const replaying = new Set<number>();

  const read = (max: number): StoredAlert[] => {
    const found: StoredAlert[] = [];
    for (const row of selectReplays.iterate(name)) {
      if (found.length >= max) break;
      const { letter, position, alert, bytes } = letterOf(row);
      if (replaying.has(letter)) continue;
      replaying.add(letter);
      found.push({ position, alert, bytes, replayOf: letter });
    }
    if (found.length > 0) return found;
    let bytes = 0;
    for (const row of select.iterate(seen, max)) {
      bytes += Number(row['bytes']);
      if (found.length > 0 && bytes > maxBytesAtOnce) break;
      const stored = storedAlert(row);
      seen = stored.position;
      found.push(stored);
    }
    return found;
  };

  return {
    async next(max, signal) {
      while (!signal.aborted) {
        const found = read(max);
        if (found.length > 0) return found;
        await changed(signal);
      }
      return [];
    },
    async commit(what, durability = 'written') {
      await commit(name, what, durability);
      committed = Math.max(committed, what.position);
      for (const letter of what.replayed ?? []) replaying.delete(letter);
    },
    position: () => committed,
    notes() {
      const rows = db.prepare('SELECT key, value FROM notes WHERE reader = ?').all(name);
      return new Map(rows.map((row) => [String(row['key']), String(row['value'])]));
    },
  };
}
