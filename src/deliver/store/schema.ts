import type { DatabaseSync } from 'node:sqlite';

/**
 * The store's file: an SQLite database in WAL mode.
 *
 *   alerts    the log. `position` is the order of arrival; `id` makes a repeat a no-op.
 *   ┌──────────┬─────────────┬────────────┬─────────┬──────┬──────────┬────────┬────────────────┬───────┬───────┬──────────┐
 *   │ position │ id          │ arrived_ms │ time_ms │ rule │ priority │ source │ client_address │ bytes │ alert │ received │
 *   │ 1,2,3 …  │ 16 bytes    │ ours       │ event's │      │ 0 is the │        │ NULL: has none │ of    │ JSON, │ Falco's  │
 *   │          │             │            │         │      │ gravest  │        │                │ alert │ whole │ own text │
 *   └──────────┴─────────────┴────────────┴─────────┴──────┴──────────┴────────┴────────────────┴───────┴───────┴──────────┘
 *        ▲ each reader has dealt with everything up to its cursor
 *   cursors   reader → position                     notes   reader, key → text (open groups, a planned batch)
 *
 *   dead      letters: output, the alert whole, reason, tries, at_ms; `replay` = 1 hands it to the output's reader again
 *
 * Version 1. A file of a newer version is refused; an older one would be brought up step by step in `prepare`.
 */
const schemaVersion = 1;

/** "falc" in ASCII: tells our files from other SQLite databases. */
const applicationId = 0x66616c63;

const tables = `
CREATE TABLE alerts (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id ANY NOT NULL UNIQUE,
  arrived_ms INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  rule TEXT NOT NULL,
  priority INTEGER NOT NULL,
  source TEXT NOT NULL,
  client_address TEXT,
  bytes INTEGER NOT NULL,
  alert TEXT NOT NULL,
  received TEXT
) STRICT;
CREATE INDEX alerts_by_time ON alerts (time_ms);
CREATE INDEX alerts_by_rule ON alerts (rule, position);
CREATE INDEX alerts_by_client_address ON alerts (client_address, position) WHERE client_address IS NOT NULL;
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

/** Makes the tables in an empty file, checks them in a known one, and throws, changing nothing, for any other file. */
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
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
