import type { Burial, StoredAlert } from './store/alert-store.ts';

/** One alert on its way. */
export interface Item {
  readonly stored: StoredAlert;
  /** It sums up others and has no place of its own in the store. */
  readonly isSummary: boolean;
  tries: number;
  firstTryMs: number;
}

/**
 * A run of positions that is dealt with as one.
 *
 *   filled ──▶ (planned) ──▶ sending ⇄ waiting to retry ──▶ settled ──(all before it settled too)──▶ committed
 */
export interface Batch {
  readonly items: Item[];
  bytes: number;
  /** The position up to which this batch has dealt with everything, alerts for others included. */
  end: number;
  notes: ReadonlyMap<string, string | undefined>;
  readonly replayed: number[];
  readonly buried: Burial[];
  state: 'open' | 'settled' | 'abandoned';
}

export function newBatch(end: number): Batch {
  return { items: [], bytes: 0, end, notes: new Map(), replayed: [], buried: [], state: 'open' };
}

export function addTo(batch: Batch, stored: StoredAlert, isSummary = false): void {
  batch.items.push({ stored, isSummary, tries: 0, firstTryMs: 0 });
  batch.bytes += stored.bytes;
}
