import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { DeliveryFact } from './triage.ts';

/** A fact about the alert at `position`. */
export type PlacedFact = DeliveryFact & { readonly position: number };

/** Facts that wait to be written; the oldest are dropped past this. */
const maxWaiting = 100_000;
const state = z.enum(['delivered', 'dead', 'muted', 'grouped']);

/** What the courier told of alerts' ways, best effort: what is lost between its telling and our writing is not known. */
export class Deliveries {
  readonly #db: DatabaseSync;
  readonly #put;
  readonly #of;
  #waiting: PlacedFact[] = [];

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO deliveries (position, output, state, at_ms, tries, reason) VALUES (?,?,?,?,?,?)',
    );
    this.#of = db.prepare('SELECT * FROM deliveries WHERE position = ? ORDER BY output');
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  add(facts: readonly PlacedFact[]): void {
    this.#waiting.push(...facts.slice(-maxWaiting));
    if (this.#waiting.length > maxWaiting) this.#waiting = this.#waiting.slice(-maxWaiting);
  }

  /** Inside the caller's transaction. */
  write(): void {
    for (const { position, output, state: what, at, tries, reason } of this.#waiting)
      this.#put.run(position, output, what, at ?? 0, tries ?? null, reason ?? null);
    this.#waiting = [];
  }

  of(position: number): readonly DeliveryFact[] {
    const waiting = this.#waiting.filter((fact) => fact.position === position);
    const written = this.#of.all(position).flatMap((row): DeliveryFact[] => {
      const output = String(row['output']);
      if (waiting.some((fact) => fact.output === output)) return [];
      return [
        {
          output,
          state: state.parse(row['state']),
          at: Number(row['at_ms']),
          ...(row['tries'] === null ? {} : { tries: Number(row['tries']) }),
          ...(typeof row['reason'] === 'string' ? { reason: row['reason'] } : {}),
        },
      ];
    });
    return [...written, ...waiting];
  }

  removeBefore(position: number): void {
    this.#db.prepare('DELETE FROM deliveries WHERE position < ?').run(position);
  }
}
