import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { stringifyJson } from '../../../src/base/json.ts';
import { openSqliteStore } from '../../../src/deliver/store/sqlite.ts';
import { anAlert } from '../../support/alerts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The tables of version 1, as its release made them. */
const version1 = `
CREATE TABLE alerts (
  position INTEGER PRIMARY KEY AUTOINCREMENT, id ANY NOT NULL UNIQUE, arrived_ms INTEGER NOT NULL, time_ms INTEGER NOT NULL,
  rule TEXT NOT NULL, priority INTEGER NOT NULL, source TEXT NOT NULL, client_address TEXT, bytes INTEGER NOT NULL,
  alert TEXT NOT NULL, received TEXT
) STRICT;
CREATE INDEX alerts_by_time ON alerts (time_ms);
CREATE INDEX alerts_by_rule ON alerts (rule, position);
CREATE INDEX alerts_by_client_address ON alerts (client_address, position) WHERE client_address IS NOT NULL;
CREATE TABLE cursors (reader TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE notes (reader TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (reader, key)) STRICT, WITHOUT ROWID;
CREATE TABLE dead (
  letter INTEGER PRIMARY KEY AUTOINCREMENT, output TEXT NOT NULL, position INTEGER NOT NULL, reason TEXT NOT NULL,
  tries INTEGER NOT NULL, at_ms INTEGER NOT NULL, replay INTEGER NOT NULL DEFAULT 0, alert TEXT NOT NULL, received TEXT
) STRICT;
CREATE INDEX dead_to_replay ON dead (output, letter) WHERE replay = 1;
PRAGMA application_id = 0x66616c63;
PRAGMA user_version = 1;
`;

const received = '{"rule":"Path scan", "priority":"Warning"}';

/** A file of version 1: alerts 1 to 9 and 12, as repeats used positions up; one cursor, one dead letter. */
function fileOfVersion1(): string {
  const path = join(temporaryFolder(), 'alerts.db');
  const db = new DatabaseSync(path);
  db.exec(version1);
  const insert = db.prepare("INSERT INTO alerts VALUES (?, ?, ?, 12000, 'r', 4, 's', NULL, 9, ?, ?)");
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 12]) {
    const alert = anAlert(n);
    insert.run(n, Buffer.from(alert.id, 'hex'), 1000 * n, stringifyJson(alert), n === 2 ? received : null);
  }
  db.exec("UPDATE sqlite_sequence SET seq = 14 WHERE name = 'alerts'");
  db.exec("INSERT INTO cursors VALUES ('slack', 7)");
  db.prepare(
    "INSERT INTO dead (output, position, reason, tries, at_ms, alert) VALUES ('slack', 3, 'HTTP 403', 2, 5, ?)",
  ).run(stringifyJson(anAlert(3)));
  db.close();
  return path;
}

test('a file of version 1 is brought up: alerts, positions, cursors and dead letters stay, repeats are known', async () => {
  const path = fileOfVersion1();
  const store = openSqliteStore({ path, clock: systemClock });
  expect(store.stats()).toEqual({ alerts: 10, lastPosition: 12, readers: { slack: 7 }, dead: 1 });
  expect(store.recent(20).map(({ position }) => position)).toEqual([12, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(store.get(anAlert(2).id)).toMatchObject({ position: 2, alert: { ...anAlert(2), received } });
  expect([store.countAfter(0), store.countAfter(7), store.countAfter(9), store.countAfter(12)]).toEqual([10, 3, 1, 0]);
  expect(store.arrivedAfter(9)).toBe(12_000);
  expect(store.deadLetters(5)).toMatchObject([{ output: 'slack', position: 3, alert: anAlert(3) }]);
  const again = await store.append([anAlert(12), anAlert(13), anAlert(1)], 'synced');
  expect(again).toEqual(['repeated', 'added', 'repeated']);
  expect(store.recent(1)[0]?.position).toBe(15);
  expect([store.countAfter(0), store.countAfter(9)]).toEqual([11, 2]);
  expect(await store.retain({ maxAlerts: 3, readers: [] })).toEqual({ removed: 8, undelivered: {} });
  expect(store.stats().alerts).toBe(3);
  await store.close();

  const next = openSqliteStore({ path, clock: systemClock });
  expect(await next.append([anAlert(12), anAlert(1)], 'written')).toEqual(['repeated', 'added']);
  await next.close();
});

test('a file of version 1 that cannot be brought up stays as it is', () => {
  const path = fileOfVersion1();
  const db = new DatabaseSync(path);
  db.exec('UPDATE alerts SET id = 17 WHERE position = 12');
  db.close();
  expect(() => openSqliteStore({ path, clock: systemClock })).toThrow(
    /cannot open the alert store .*neither bytes nor text/,
  );
  const after = new DatabaseSync(path);
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
  expect(after.prepare('SELECT count(*) AS n, max(time_ms) AS t FROM alerts').get()).toEqual({ n: 10, t: 12_000 });
  after.close();
});
