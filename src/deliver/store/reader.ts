import type { DatabaseSync } from 'node:sqlite';
import { stringifyJson } from '../../base/json.ts';
import type { AlertReader, Burial, Durability, ReaderCommit, StoredAlert } from './alert-store.ts';
import { letterOf, storedAlert } from './queries.ts';

/** What a reader uses of the store that it belongs to. */
export interface ReaderTools {
  readonly db: DatabaseSync;
  readonly write: (apply: () => void, durability: Durability) => Promise<void>;
  readonly changed: (signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
}

/** One `next` returns no more than this of alerts' JSON, or one alert: bounds memory however large the alerts are. */
const maxBytesAtOnce = 4 * 1024 * 1024;

export function createReader(name: string, { db, write, changed, now }: ReaderTools): AlertReader {
  const cursor = db.prepare('SELECT position FROM cursors WHERE reader = ?').get(name);
  const select = db.prepare(
    'SELECT position, bytes, alert, received FROM alerts WHERE position > ? ORDER BY position LIMIT ?',
  );
  const selectReplays = db.prepare('SELECT * FROM dead WHERE output = ? AND replay = 1 ORDER BY letter');
  const setCursor = db.prepare(
    'INSERT INTO cursors VALUES (?1, ?2) ON CONFLICT DO UPDATE SET position = max(position, ?2)',
  );
  const setNote = db.prepare('INSERT INTO notes VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = ?3');
  const dropNote = db.prepare('DELETE FROM notes WHERE reader = ? AND key = ?');
  const dropLetter = db.prepare('DELETE FROM dead WHERE letter = ? AND output = ?');
  const addLetter = db.prepare(
    'INSERT INTO dead (output, position, reason, tries, at_ms, alert, received) VALUES (?,?,?,?,?,?,?)',
  );

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

  const bury = ({ stored, reason, tries }: Burial): void => {
    const { received, ...alert } = stored.alert;
    addLetter.run(name, stored.position, reason, tries, now(), stringifyJson(alert), received ?? null);
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
    async commit({ position, buried = [], replayed = [], notes = new Map() }: ReaderCommit, durability = 'written') {
      await write(() => {
        setCursor.run(name, position);
        for (const burial of buried) bury(burial);
        for (const letter of replayed) dropLetter.run(letter, name);
        for (const [key, value] of notes) {
          if (value === undefined) dropNote.run(name, key);
          else setNote.run(name, key, value);
        }
      }, durability);
      committed = Math.max(committed, position);
      for (const letter of replayed) replaying.delete(letter);
    },
    position: () => committed,
    notes() {
      const rows = db.prepare('SELECT key, value FROM notes WHERE reader = ?').all(name);
      return new Map(rows.map((row) => [String(row['key']), String(row['value'])]));
    },
  };
}
