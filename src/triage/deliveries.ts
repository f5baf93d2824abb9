import type { DatabaseSync } from 'node:sqlite';
import type { AlertFate } from '../deliver/courier.ts';
import type { DeliveryFact } from './triage.ts';

/** Alerts whose facts wait to be written; more are not taken. */
const maxWaiting = 100_000;
const states = ['delivered', 'dead', 'muted', 'grouped'] as const satisfies readonly DeliveryFact['state'][];

/** What the courier told of alerts' ways, best effort: what is lost between its telling and our writing is not known. */
export class Deliveries {
  readonly #db: DatabaseSync;
  readonly #put;
  readonly #of;
  #waiting: AlertFate[] = [];
  #alertsWaiting = 0;

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

  add(fates: readonly AlertFate[]): void {
    for (const fate of fates) {
      if (this.#alertsWaiting + fate.positions.length > maxWaiting) return;
      this.#waiting.push(fate);
      this.#alertsWaiting += fate.positions.length;
    }
  }

  /** Inside the caller's transaction. */
  write(): void {
    for (const { positions, output, state: what, at, tries, reason } of this.#waiting)
      for (const position of positions) this.#put.run(position, output, what, at, tries ?? null, reason ?? null);
    this.#waiting = [];
    this.#alertsWaiting = 0;
  }

  /** The latest of each output. */
  of(position: number): readonly DeliveryFact[] {
    const facts = new Map<string, DeliveryFact>();
    for (const row of this.#of.all(position)) {
      const output = String(row['output']);
      facts.set(output, {
        output,
        state: states.find((state) => state === row['state']) ?? 'delivered',
        at: Number(row['at_ms']),
        ...(row['tries'] === null ? {} : { tries: Number(row['tries']) }),
        ...(typeof row['reason'] === 'string' ? { reason: row['reason'] } : {}),
      });
    }
    for (const { positions, ...fact } of this.#waiting) if (positions.includes(position)) facts.set(fact.output, fact);
    return [...facts.values()];
  }

  removeBefore(position: number): void {
    this.#db.prepare('DELETE FROM deliveries WHERE position < ?').run(position);
  }
}
