import type { DatabaseSync } from 'node:sqlite';
import type { Retention } from './alert-store.ts';
import { countAfter, denseFrom, firstPosition, lastPosition } from './queries.ts';

/** So many rows a transaction, so that appends wait for no more than one of them. */
const rowsAtOnce = 5000;

/**
 * Removes some of the oldest alerts past the limits, inside the caller's transaction; 0 when there is nothing left to
 * remove. Adds to `undelivered` what outputs in use had not dealt with.
 */
export function removeSome(
  db: DatabaseSync,
  retention: Retention,
  nowMs: number,
  undelivered: Record<string, number>,
): number {
  const wanted = Math.max(pastCount(db, retention.maxAlerts), pastAge(db, retention.maxAgeMs, nowMs));
  const cursors = new Map(retention.readers.map((reader) => [reader, cursorOf(db, reader)]));
  const allowed = Math.min(wanted, ...cursors.values());
  const end = Math.max(allowed, pastCount(db, retention.maxAlertsUndelivered));
  const last = db
    .prepare(
      'SELECT max(position) AS last, count(*) AS n FROM (SELECT position FROM alerts WHERE position <= ? ORDER BY position LIMIT ?)',
    )
    .get(end, rowsAtOnce);
  const removed = Number(last?.['n'] ?? 0);
  if (removed === 0) return 0;
  const upTo = Number(last?.['last']);
  for (const [reader, cursor] of cursors) {
    const n = countAfter(db, cursor) - countAfter(db, Math.max(cursor, upTo));
    if (n > 0) undelivered[reader] = (undelivered[reader] ?? 0) + n;
  }
  db.prepare('DELETE FROM alerts WHERE position <= ?').run(upTo);
  return removed;
}

/** The last position that is one too many; 0 when there is none. */
function pastCount(db: DatabaseSync, max: number | undefined): number {
  if (max === undefined) return 0;
  const past = lastPosition(db) - max;
  if (past < (firstPosition(db) ?? 0)) return 0;
  if (past >= denseFrom(db)) return past;
  const row = db.prepare('SELECT position FROM alerts ORDER BY position DESC LIMIT 1 OFFSET ?').get(max);
  return Number(row?.['position'] ?? 0);
}

/** The position before the first alert that is young enough; arrival, not event time: replayed logs are old when they come. */
function pastAge(db: DatabaseSync, maxAgeMs: number | undefined, nowMs: number): number {
  if (maxAgeMs === undefined) return 0;
  const young = db
    .prepare('SELECT position FROM alerts WHERE arrived_ms >= ? ORDER BY position LIMIT 1')
    .get(nowMs - maxAgeMs);
  if (young !== undefined) return Number(young['position']) - 1;
  return lastPosition(db);
}

function cursorOf(db: DatabaseSync, reader: string): number {
  return Number(db.prepare('SELECT position FROM cursors WHERE reader = ?').get(reader)?.['position'] ?? 0);
}

/** The index of ids is cleaned once so many of its alerts are gone. */
const removedToPurge = 50_000;
const parts = 256;

/**
 * Takes ids of removed alerts out of the index, one part of it in each of `parts` calls, each a transaction of its own;
 * nothing at all until it pays. Yields what is to be done in the next transaction.
 */
export function* purges(db: DatabaseSync): Generator<() => void> {
  const purgedTo = Number(db.prepare('SELECT purged_to FROM log').get()?.['purged_to']);
  const indexedTo = Number(db.prepare('SELECT indexed_to FROM log').get()?.['indexed_to']);
  const goneTo = Math.min(indexedTo, (firstPosition(db) ?? lastPosition(db) + 1) - 1);
  const gone = goneTo - purgedTo;
  if (gone < removedToPurge || gone * 4 < indexedTo - goneTo) return;
  const width = 2 ** 48 / parts;
  const remove = db.prepare('DELETE FROM ids WHERE key >= ? AND key < ? AND position <= ?');
  for (let part = 0; part < parts; part++) {
    yield () => {
      remove.run(part * width, (part + 1) * width, goneTo);
      if (part === parts - 1) db.prepare('UPDATE log SET purged_to = ?').run(goneTo);
    };
  }
}
