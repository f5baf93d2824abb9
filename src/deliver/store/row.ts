import type { Alert } from '../../alert/alert.ts';
import { clientOf } from '../../alert/client-address.ts';
import { priorities } from '../../alert/priority.ts';
import { parseJson, stringifyJson } from '../../base/json.ts';

/** A row of the table `alerts`, without its position and arrival. */
export interface AlertRow {
  readonly id: string | Uint8Array;
  readonly timeMs: number;
  readonly rule: string;
  readonly priority: number;
  readonly source: string;
  readonly clientAddress: string | null;
  readonly bytes: number;
  readonly alert: string;
  readonly received: string | null;
}

const idShape = /^[0-9a-f]{32}$/;

/** 16 bytes instead of 32 digits: the index over the ids is the one that every append hits at a random page. */
export function idKey(id: string): string | Uint8Array {
  return idShape.test(id) ? Buffer.from(id, 'hex') : id;
}

export function toRow(alert: Alert, nowMs: number): AlertRow {
  const { received, ...rest } = alert;
  // SQLite's text is UTF-8, where half a surrogate pair cannot stand; such a text goes into the JSON, which escapes it.
  const apart = received?.isWellFormed() ?? true;
  const json = stringifyJson(apart ? rest : alert);
  const timeMs = Date.parse(alert.time);
  return {
    id: idKey(alert.id),
    timeMs: Number.isNaN(timeMs) ? nowMs : timeMs,
    rule: alert.rule,
    priority: priorities.indexOf(alert.priority),
    source: alert.source,
    clientAddress: clientOf(alert.fields)?.address ?? null,
    bytes: Buffer.byteLength(json),
    alert: json,
    received: apart && received !== undefined ? received : null,
  };
}

export function fromRow(json: string, received: string | null): Alert {
  const alert: unknown = parseJson(json);
  if (!isAlert(alert)) throw new Error(`the store holds a row that is not an alert: ${json.slice(0, 100)}`);
  return received === null ? alert : { ...alert, received };
}

/** Our own rows come back as they were written; this only tells a damaged file apart. */
function isAlert(value: unknown): value is Alert {
  return typeof value === 'object' && value !== null && 'id' in value && 'tags' in value && 'fields' in value;
}
