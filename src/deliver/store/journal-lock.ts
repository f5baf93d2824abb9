import { DatabaseSync } from 'node:sqlite';

/**
 * Holds the journal of a store for this process, until it is closed or the process ends, however it ends. Undefined while
 * another process holds it. Node has no file locks; SQLite has.
 */
export function lockJournal(path: string): { close(): void } | undefined {
  const db = new DatabaseSync(`${path}.journal-lock`, { timeout: 0 });
  try {
    // Nothing is ever written there.
    db.exec('PRAGMA journal_mode = OFF');
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) return undefined;
    throw error;
  }
}
