import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { priorities } from '../../alert/priority.ts';
import type { Alert } from '../../alert/alert.ts';
import { clientOf } from '../../alert/client-address.ts';
import { stringifyJson } from '../../base/json.ts';
import type { AlertQuery, DeadLetter, StoredAlert } from './alert-store.ts';
import { fromRow } from './record.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** What `storedAlert` needs of the table `alerts`. */
export const alertColumns =
  'position, arrived_ms, alert, received, enrichment, octet_length(coalesce(alert, received)) + coalesce(octet_length(enrichment), 0) AS bytes';

/** The alert of a row that has `alertColumns`. */
export function storedAlert(row: Row): StoredAlert {
  const alert = fromRow(
    textOf(row['alert']),
    textOf(row['received']),
    textOf(row['enrichment']),
    Number(row['arrived_ms']),
  );
  return { position: Number(row['position']), alert, bytes: Number(row['bytes']) };
}

export function letterOf(row: Row): DeadLetter {
  const json = String(row['alert']);
  return {
    position: Number(row['position']),
    alert: fromRow(json, textOf(row['received']), null, 0),
    bytes: Buffer.byteLength(json),
    letter: Number(row['letter']),
    output: String(row['output']),
    reason: String(row['reason']),
    tries: Number(row['tries']),
    at: Number(row['at_ms']),
  };
}

function textOf(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function firstPosition(db: DatabaseSync): number | undefined {
  return numberOf(db.prepare('SELECT min(position) AS n FROM alerts').get());
}

/** 0 when there is no alert. */
export function lastPosition(db: DatabaseSync): number {
  return numberOf(db.prepare('SELECT max(position) AS n FROM alerts').get()) ?? 0;
}

/** From here on positions have no gaps. */
export function denseFrom(db: DatabaseSync): number {
  return numberOf(db.prepare('SELECT dense_from AS n FROM log').get()) ?? 0;
}

function numberOf(row: Row | undefined): number | undefined {
  const n = row?.['n'];
  return typeof n === 'number' ? n : undefined;
}

/** Counts by their positions: the rows of a large backlog would have to be read from the disk, whole. */
export function countAfter(db: DatabaseSync, position: number): number {
  const from = Math.max(position + 1, firstPosition(db) ?? 0);
  const last = lastPosition(db);
  const dense = denseFrom(db);
  if (from > last) return 0;
  if (from >= dense) return last - from + 1;
  const sparse = db.prepare('SELECT count(*) AS n FROM alerts WHERE position >= ? AND position < ?').get(from, dense);
  return (numberOf(sparse) ?? 0) + Math.max(0, last - dense + 1);
}

/** The alerts that a query asks for, the newest first: read one by one, as the log has no index but the order of arrival. */
export function selectAlerts(db: DatabaseSync, query: AlertQuery): readonly StoredAlert[] {
  const rows = db.prepare(
    `SELECT ${alertColumns} FROM alerts WHERE position < ? AND position > ? ORDER BY position DESC`,
  );
  const found: StoredAlert[] = [];
  if (query.max <= 0) return found;
  for (const row of rows.iterate(query.before ?? Number.MAX_SAFE_INTEGER, query.after ?? 0)) {
    const stored = storedAlert(row);
    if (!isAsked(stored.alert, query)) continue;
    found.push(stored);
    if (found.length >= query.max) break;
  }
  return found;
}

function isAsked(alert: Alert, query: AlertQuery): boolean {
  const { since, until, rule, source, clientAddress, minimumPriority, contains } = query;
  if (rule !== undefined && alert.rule !== rule) return false;
  if (source !== undefined && alert.source !== source) return false;
  if (minimumPriority !== undefined && priorities.indexOf(alert.priority) > priorities.indexOf(minimumPriority))
    return false;
  if (since !== undefined && Date.parse(alert.time) < since) return false;
  if (until !== undefined && Date.parse(alert.time) >= until) return false;
  if (clientAddress !== undefined && clientOf(alert.fields)?.address !== clientAddress) return false;
  return contains === undefined || stringifyJson({ ...alert, received: undefined }).includes(contains);
}
