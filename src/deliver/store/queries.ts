import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { priorities } from '../../alert/priority.ts';
import type { AlertQuery, DeadLetter, StoredAlert } from './alert-store.ts';
import { fromRow } from './row.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** The alert of a row that has `position`, `alert` and `received`. */
export function storedAlert(row: Row): StoredAlert {
  const received = row['received'];
  const json = String(row['alert']);
  return {
    position: Number(row['position']),
    alert: fromRow(json, typeof received === 'string' ? received : null),
    bytes: Buffer.byteLength(json),
  };
}

export function letterOf(row: Row): DeadLetter {
  return {
    ...storedAlert(row),
    letter: Number(row['letter']),
    output: String(row['output']),
    reason: String(row['reason']),
    tries: Number(row['tries']),
    at: Number(row['at_ms']),
  };
}

export function count(db: DatabaseSync, table: 'alerts' | 'dead'): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}

/** The alerts that a query asks for, the newest first. Values are bound, never spliced into the SQL. */
export function selectAlerts(db: DatabaseSync, query: AlertQuery): readonly StoredAlert[] {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const and = (condition: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    where.push(condition);
    values.push(value);
  };
  and('position < ?', query.before);
  and('position > ?', query.after);
  and('time_ms >= ?', query.since);
  and('time_ms < ?', query.until);
  and('rule = ?', query.rule);
  and('source = ?', query.source);
  and('client_address = ?', query.clientAddress);
  and('priority <= ?', query.minimumPriority && priorities.indexOf(query.minimumPriority));
  and('instr(alert, ?) > 0', query.contains);
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  return db
    .prepare(`SELECT position, alert, received FROM alerts ${condition} ORDER BY position DESC LIMIT ?`)
    .all(...values, query.max)
    .map(storedAlert);
}
