import { DatabaseSync } from 'node:sqlite';
import type { StoredAlert } from './alert-store.ts';
import { positionOf } from './id-index.ts';
import { alertColumns, firstPosition, lastPosition, storedAlert } from './queries.ts';
import { idKey } from './record.ts';
import { storeError } from './sqlite-error.ts';

/** The log of alerts as another thread or process reads it: no cursor in the store, nothing written. */
export interface StoreFollower {
  /** Up to `max` alerts after `position`, in order, fewer when they are large. */
  after(position: number, max: number): readonly StoredAlert[];
  /** The alerts of these positions that are still there, in no order. */
  at(positions: readonly number[]): readonly StoredAlert[];
  get(id: string): StoredAlert | undefined;
  /** The oldest alert's position; undefined when there is none. */
  first(): number | undefined;
  /** The newest alert's position; 0 when there is none. */
  last(): number;
  close(): void;
}

/** As a reader of the store: bounds memory however large the alerts are. */
const maxBytesAtOnce = 4 * 1024 * 1024;

/** Opens a store that is there already, for reading. */
export function followStore(path: string): StoreFollower {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(path, { timeout: 5000, readOnly: true });
  } catch (error) {
    throw storeError('read', path, error);
  }
  const after = db.prepare(`SELECT ${alertColumns} FROM alerts WHERE position > ? ORDER BY position LIMIT ?`);
  const at = db.prepare(`SELECT ${alertColumns} FROM alerts WHERE position = ?`);
  return {
    after(position, max) {
      const found: StoredAlert[] = [];
      let bytes = 0;
      for (const row of after.iterate(position, max)) {
        bytes += Number(row['bytes']);
        if (found.length > 0 && bytes > maxBytesAtOnce) break;
        found.push(storedAlert(row));
      }
      return found;
    },
    at: (positions) =>
      positions.flatMap((position) => {
        const row = at.get(position);
        return row === undefined ? [] : [storedAlert(row)];
      }),
    get(id) {
      const position = positionOf(db, idKey(id));
      const row = position === undefined ? undefined : at.get(position);
      return row === undefined ? undefined : storedAlert(row);
    },
    first: () => firstPosition(db),
    last: () => lastPosition(db),
    close: () => db.close(),
  };
}
