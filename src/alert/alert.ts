import { hash } from 'node:crypto';
import type { Priority } from './priority.ts';

/**
 * A value of `output_fields` or of an enrichment: what JSON can say, with integers kept whole. An integer beyond
 * ±(2^53 − 1) is a bigint, any other number a number; nothing else is ever a bigint.
 */
export type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

export type Fields = Readonly<Record<string, FieldValue>>;

/**
 * A rule matched an event. The waist of the house: everything left of it ends in alerts, everything right of it starts
 * from them, and neither side knows which engine spoke. Text here is text (UTF-16), no longer byte strings.
 */
export interface Alert {
  /** Deterministic, so that a redelivery is recognisable: see `alertId`. 32 lower-case hex digits. */
  readonly id: string;
  /** The event's time, RFC 3339 in UTC with nanoseconds as Falco wrote it. Kept as text: a Date would drop digits. */
  readonly time: string;
  readonly rule: string;
  readonly priority: Priority;
  /** Falco's event source: `awselb`, `syscall`, `k8s_audit`, `aws_cloudtrail`, `internal` … */
  readonly source: string;
  /** Falco's whole output line, with its time and priority. */
  readonly output: string;
  readonly hostname?: string;
  /** Sorted, without repeats. */
  readonly tags: readonly string[];
  /** Falco's `output_fields`. A field without a value is null. */
  readonly fields: Fields;
  /** What our enrichers add, flat, each key beginning with its enricher's name: `geoip.client_ip.country`. Never mixed into `fields`. */
  readonly enrichment?: Fields;
  /** The JSON text that the alert was decoded from, byte for byte. Absent when our own engine made the alert. */
  readonly received?: string;
}

/** The id of the alert that `rule` raises for the event `eventId`; for alerts of unknown event, pass the received text alone. */
export function alertId(event: string, rule = ''): string {
  return hash('sha256', `${event}\0${rule}`, 'hex').slice(0, 32);
}
