import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../base/make-folder.ts';
import { makePrivate } from '../base/private-file.ts';

/**
 * Triage's own file beside the store, SQLite in WAL mode.
 *
 *   decisions     what people decided: alert → status, assignee, note, version. Cannot be built again: synced before the answer.
 *   history       every change: who, when, what. With its decision it goes when the store's retention takes the alert.
 *   deliveries    what the courier did with an alert for an output. Best effort.
 *
 * and the projection, which is built again from the store when its version is another or the store is another:
 *
 *   words         full text of the alerts by position (FTS5 without content)
 *   chunks        full chunks of the index, see saved-index.ts    dictionaries   the texts of their numbers
 *   progress      one row: the last alert in words, its position and its id
 */
const schemaVersion = 1;
const projectionVersion = 1;

/** "trig" in ASCII. */
const applicationId = 0x74726967;

const tables = `
CREATE TABLE decisions (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL, -- in the store; -1: it is not there
  status TEXT NOT NULL,
  assignee TEXT,
  note TEXT NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_by_position ON decisions (position);
CREATE TABLE history (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  edit TEXT NOT NULL,
  PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
  position INTEGER NOT NULL,
  output TEXT NOT NULL,
  state TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  tries INTEGER,
  reason TEXT,
  PRIMARY KEY (position, output)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${schemaVersion};
`;

const projection = `
DROP TABLE IF EXISTS words;
DROP TABLE IF EXISTS chunks;
DROP TABLE IF EXISTS dictionaries;
DROP TABLE IF EXISTS progress;
CREATE VIRTUAL TABLE words USING fts5 (
  text, content = '', contentless_delete = 1, detail = none, tokenize = "unicode61 remove_diacritics 2 tokenchars '.'"
);
CREATE TABLE chunks (last INTEGER PRIMARY KEY, rows BLOB NOT NULL) STRICT;
CREATE TABLE dictionaries (name TEXT, first INTEGER, entries ANY NOT NULL, PRIMARY KEY (name, first)) STRICT, WITHOUT ROWID;
CREATE TABLE progress (version INTEGER NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL) STRICT;
INSERT INTO progress VALUES (${projectionVersion}, 0, '');
`;

/** Makes the projection empty: it is read from the store anew. */
export function emptyProjection(db: DatabaseSync): void {
  inTransaction(db, 'written', () => db.exec(projection));
}

function hasProjection(db: DatabaseSync): boolean {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'progress' AND sql LIKE '%version%'").get() === undefined)
    return false;
  return db.prepare('SELECT version FROM progress').get()?.['version'] === projectionVersion;
}

/** Opens the file, making it when there is none; throws, changing nothing, for a file that is not triage's or too new. */
export function openTriageFile(path: string): DatabaseSync {
  makeFolder(dirname(path));
  makePrivate(path);
  const db = new DatabaseSync(path, { timeout: 5000 });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000');
    const pragma = (name: string): number => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
    if (isEmpty) inTransaction(db, 'synced', () => db.exec(tables));
    else if (pragma('application_id') !== applicationId) throw new Error('it is an SQLite database of another program');
    else if (pragma('user_version') !== schemaVersion)
      throw new Error(
        `its tables are version ${pragma('user_version')}, this release knows ${schemaVersion}; run the release that wrote it`,
      );
    if (!hasProjection(db)) emptyProjection(db);
    return db;
  } catch (cause) {
    db.close();
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot open ${path}, where triage keeps its decisions: ${said}; nothing was changed`, { cause });
  }
}

/** All of `work` or nothing. `synced` survives a power cut when this returns; `written` may be lost to one, and costs no fsync. */
export function inTransaction<T>(db: DatabaseSync, durability: 'written' | 'synced', work: () => T): T {
  db.exec(`PRAGMA synchronous = ${durability === 'synced' ? 'FULL' : 'NORMAL'}`);
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
