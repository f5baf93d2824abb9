import type { DatabaseSync } from 'node:sqlite';
import type { Appended } from './alert-store.ts';
import { IdIndex } from './id-index.ts';
import { type AlertRecord, shortKey } from './record.ts';

/** Everything of the journal before this place is in the table. */
export interface JournalPlace {
  readonly segment: number;
  readonly offset: number;
}

/** The table `alerts` with what is kept about it, for the one who writes. Between `begin` and `finish` lies one transaction. */
export class AlertLog {
  readonly #ids: IdIndex;
  readonly #read;
  readonly #insert;
  readonly #update;
  #begun = false;
  #changed = false;
  #last = 0;
  #indexedTo = 0;
  #moved: JournalPlace = { segment: 0, offset: 0 };

  constructor(db: DatabaseSync) {
    this.#ids = new IdIndex(db);
    this.#read = db.prepare('SELECT * FROM log');
    this.#insert = db.prepare('INSERT INTO alerts VALUES (?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT))');
    this.#update = db.prepare(
      'UPDATE log SET last_position = ?, indexed_to = ?, journal_segment = ?, journal_offset = ?',
    );
  }

  /** Where the journal's reader goes on. */
  moved(): JournalPlace {
    const row = this.#read.get() ?? {};
    return { segment: Number(row['journal_segment']), offset: Number(row['journal_offset']) };
  }

  append({ id, arrivedMs, alert, received, enrichment }: AlertRecord): Appended {
    this.#begin();
    const key = shortKey(id);
    if (this.#ids.has(id, key)) return 'repeated';
    this.#last += 1;
    this.#changed = true;
    this.#insert.run(this.#last, id, arrivedMs, alert, received, enrichment);
    this.#ids.added(key, this.#last);
    return 'added';
  }

  /** Notes, in the transaction that took it over, that the journal is in the table up to there. */
  moveTo(place: JournalPlace): void {
    this.#begin();
    this.#changed = true;
    this.#moved = place;
  }

  /** At the end of the transaction. */
  finish(): void {
    if (this.#changed) {
      this.#indexedTo = this.#ids.write(this.#indexedTo);
      this.#update.run(this.#last, this.#indexedTo, this.#moved.segment, this.#moved.offset);
    }
    this.#begun = false;
    this.#changed = false;
  }

  undone(): void {
    this.#ids.forget();
    this.#begun = false;
    this.#changed = false;
  }

  /** Other processes may have written since the last transaction. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const row = this.#read.get() ?? {};
    this.#last = Number(row['last_position']);
    this.#indexedTo = Number(row['indexed_to']);
    this.#moved = { segment: Number(row['journal_segment']), offset: Number(row['journal_offset']) };
    this.#ids.catchUp(this.#indexedTo, this.#last);
  }
}
