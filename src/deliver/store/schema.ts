import type { DatabaseSync } from 'node:sqlite';
import { shortKey } from './record.ts';

/**
 * The store's file: an SQLite database in WAL mode.
 *
 *   alerts    the log, in the order of arrival; positions grow by one and are never used again. See AlertRecord.
 *   ┌──────────┬─────────────┬────────────┬───────────────────────┬────────────────┬─────────────────┐
 *   │ position │ id          │ arrived_ms │ alert                 │ received       │ enrichment      │
 *   │ 1,2,3 …  │ 16 bytes    │ ours       │ JSON, whole; NULL: it │ the sender's   │ JSON; what goes │
 *   │          │             │            │ is what received says │ own text       │ with received   │
 *   └──────────┴─────────────┴────────────┴───────────────────────┴────────────────┴─────────────────┘
 *        ▲ each reader has dealt with everything up to its cursor
 *   ids       48 bits of an id → position, for alerts up to log.indexed_to; see IdIndex
 *   log       one row: how far things are (below)
 *   cursors   reader → position                     notes   reader, key → text (open groups, a planned batch)
 *
 *   dead      letters: output, the alert whole, reason, tries, at_ms; `replay` = 1 hands it to the output's reader again
 *
 * Version 2. A file of a newer version is refused; an older one is brought up step by step, in one transaction.
 */
const schemaVersion = 2;

/** "falc" in ASCII: tells our files from other SQLite databases. */
const applicationId = 0x66616c63;

const log = `
CREATE TABLE alerts (
  position INTEGER PRIMARY KEY,
  id ANY NOT NULL,
  arrived_ms INTEGER NOT NULL,
  alert TEXT,
  received TEXT,
  enrichment TEXT
) STRICT;
CREATE TABLE ids (key INTEGER, position INTEGER, PRIMARY KEY (key, position)) STRICT, WITHOUT ROWID;
CREATE TABLE log (
  last_position INTEGER NOT NULL, -- that was given to an alert
  dense_from INTEGER NOT NULL,    -- from here on positions have no gaps; version 1 left some
  indexed_to INTEGER NOT NULL,    -- ids of alerts up to here are in ids
  purged_to INTEGER NOT NULL,     -- ids of removed alerts up to here are no longer in ids
  journal_segment INTEGER NOT NULL, -- everything of the journal before this place is in alerts
  journal_offset INTEGER NOT NULL
) STRICT;
`;

const tables = `${log}
INSERT INTO log VALUES (0, 1, 0, 0, 0, 0);
CREATE TABLE cursors (reader TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE notes (reader TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (reader, key)) STRICT, WITHOUT ROWID;
CREATE TABLE dead (
  letter INTEGER PRIMARY KEY AUTOINCREMENT,
  output TEXT NOT NULL,
  position INTEGER NOT NULL,
  reason TEXT NOT NULL,
  tries INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  replay INTEGER NOT NULL DEFAULT 0,
  alert TEXT NOT NULL,
  received TEXT
) STRICT;
CREATE INDEX dead_to_replay ON dead (output, letter) WHERE replay = 1;
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${schemaVersion};
`;

/**
 * Version 1 kept every alert twice (its JSON beside the received text) under four indexes; half of the work of an append
 * was theirs. The next alert's position follows on what AUTOINCREMENT has given.
 */
const fromVersion1 = `
ALTER TABLE alerts RENAME TO alerts_1;
${log}
INSERT INTO alerts SELECT position, id, arrived_ms, alert, received, NULL FROM alerts_1 ORDER BY position;
INSERT INTO ids SELECT short_key(id) AS key, position FROM alerts_1 ORDER BY key;
INSERT INTO log SELECT last, last + 1, last, 0, 0, 0 FROM (
  SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name IN ('alerts', 'alerts_1')), 0),
             coalesce((SELECT max(position) FROM alerts_1), 0)) AS last
);
DROP TABLE alerts_1;
PRAGMA user_version = 2;
`;

/** Makes the tables in an empty file, brings up those of an older one, and throws, changing nothing, for any other file. */
export function prepare(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = pragma(db, 'user_version');
    const application = pragma(db, 'application_id');
    const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
    if (isEmpty) db.exec(tables);
    else if (application !== applicationId)
      throw new Error('it is an SQLite database of another program; nothing was changed. Point `store.path` elsewhere');
    else if (version > schemaVersion)
      throw new Error(
        `it was written by a newer release (its tables are version ${version}, this release knows up to ${schemaVersion}); nothing was changed. Run that release, or point \`store.path\` elsewhere`,
      );
    else if (version < 1) throw new Error(`its tables have the unknown version ${version}; nothing was changed`);
    else if (version === 1) {
      db.function('short_key', { deterministic: true }, (id) => shortKey(typeof id === 'string' ? id : asBytes(id)));
      db.exec(fromVersion1);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function asBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error('an id is neither bytes nor text');
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
