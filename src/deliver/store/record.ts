import { hash } from 'node:crypto';
import type { Alert, Fields } from '../../alert/alert.ts';
import { decodeAlert } from '../../alert/falco-json.ts';
import { ReceivedAlert } from '../../alert/received-alert.ts';
import { parseJson, stringifyJson } from '../../base/json.ts';
import { RecentMap } from '../../base/recent-map.ts';

/** Text as JavaScript has it, or its UTF-8. */
export type Text = string | Uint8Array;

/**
 * An alert as the store keeps it, in the table, in the journal and between threads. Either `alert` is there, its JSON
 * whole, or it is null and the alert is what `decodeAlert` reads from `received`, with the enrichment beside it.
 */
export interface AlertRecord {
  /** 16 bytes of the id's 32 digits; any other id as its text. */
  readonly id: Text;
  readonly arrivedMs: number;
  readonly alert: Text | null;
  readonly received: Text | null;
  readonly enrichment: Text | null;
}

const idShape = /^[0-9a-f]{32}$/;

export function idKey(id: string): Text {
  return idShape.test(id) ? Buffer.from(id, 'hex') : id;
}

/** The 48 bits that the index of ids is over. Two ids may share them, so what is found there is compared whole. */
export function shortKey(id: Text): number {
  const bytes = typeof id === 'string' ? hash('sha256', id, 'buffer') : id;
  let key = 0;
  for (let at = 0; at < 6; at++) key = key * 256 + (bytes[at] ?? 0);
  return key;
}

export function toRecord(alert: Alert, nowMs: number): AlertRecord {
  const id = idKey(alert.id);
  // SQLite's text is UTF-8, where half a surrogate pair cannot stand; such a text goes into the JSON, which escapes it.
  const apart = alert.received?.isWellFormed() ?? true;
  if (apart && ReceivedAlert.is(alert)) {
    const enrichment = alert.enrichment === undefined ? null : factsText(alert.enrichment);
    return { id, arrivedMs: nowMs, alert: null, received: alert.received, enrichment };
  }
  const { received, ...rest } = alert;
  const json = stringifyJson(apart ? rest : alert);
  return {
    id,
    arrivedMs: nowMs,
    alert: json,
    received: apart && received !== undefined ? received : null,
    enrichment: null,
  };
}

/** Alerts share their facts. */
const factTexts = new RecentMap<Fields, string>(1_024);
const maxRemembered = 4_096;

function factsText(facts: Fields): string {
  const known = factTexts.recall(facts);
  if (known !== undefined) return known;
  const text = factsJson(facts);
  if (text.length <= maxRemembered) factTexts.set(facts, text);
  return text;
}

/** `stringifyJson` looks into every value for what plain JSON would write wrong; facts have next to none of it. */
function factsJson(facts: Fields): string {
  for (const name in facts) {
    const fact = facts[name];
    if (typeof fact === 'string' || typeof fact === 'boolean' || fact === null) continue;
    if (typeof fact !== 'number' || !Number.isFinite(fact) || Object.is(fact, -0)) return stringifyJson(facts);
  }
  return JSON.stringify(facts);
}

/** What was taken under other limits is taken again. */
const noLimits = { maxBytes: Number.POSITIVE_INFINITY, maxDepth: 10_000 };

/** The alert of a row. Throws where the row is none: the file is damaged. */
export function fromRow(
  alert: string | null,
  received: string | null,
  enrichment: string | null,
  arrivedMs: number,
): Alert {
  if (alert !== null) {
    const whole: unknown = parseJson(alert);
    if (!isAlert(whole)) throw new Error(`the store holds a row that is not an alert: ${alert.slice(0, 100)}`);
    return received === null ? whole : { ...whole, received };
  }
  const decoded = decodeAlert(received ?? '', arrivedMs, noLimits);
  if (!('received' in decoded) || !ReceivedAlert.is(decoded))
    throw new Error(`the store holds a row that is not an alert: ${(received ?? '').slice(0, 100)}`);
  if (enrichment === null) return decoded;
  const facts: unknown = parseJson(enrichment);
  if (!isFields(facts)) throw new Error(`the store holds an enrichment that is none: ${enrichment.slice(0, 100)}`);
  return new ReceivedAlert(decoded, facts);
}

/** Our own rows come back as they were written; this only tells a damaged file apart. */
function isAlert(value: unknown): value is Alert {
  return typeof value === 'object' && value !== null && 'id' in value && 'tags' in value && 'fields' in value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
