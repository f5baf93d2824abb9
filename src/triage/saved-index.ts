import type { DatabaseSync } from 'node:sqlite';
import type { AlertIndex } from './alert-index.ts';
import { Chunk } from './chunk.ts';
import { inTransaction } from './triage-file.ts';

/** Numbers 0 and 1 are every dictionary's own. */
const firstNumber = 2;
/** Number 0 of an address table is no address. */
const firstAddress = 1;

/**
 * The full chunks of the index in triage's file, with the dictionaries that their numbers stand in: at the next start only
 * what came after them is read from the store again. A chunk and the texts it needs are written in one transaction.
 */
export class SavedIndex {
  readonly #db: DatabaseSync;
  readonly #index: AlertIndex;
  /** How much of each dictionary is written. */
  #written = new Map<string, number>();
  #lastPosition = 0;
  #numbering: number;

  constructor(db: DatabaseSync, index: AlertIndex) {
    this.#db = db;
    this.#index = index;
    this.#numbering = index.numbering;
  }

  /** Fills the empty index. */
  load(): void {
    const index = this.#index;
    const dictionaries = index.dictionaries();
    for (const { name, entries } of this.#db
      .prepare('SELECT name, entries FROM dictionaries ORDER BY name, first')
      .iterate()) {
      if (name === 'clients') index.clients.restore(entries as Uint8Array);
      else if (name === 'countryNames')
        for (const [code, country] of JSON.parse(String(entries)) as [string, string][])
          index.countryNames.set(code, country);
      else for (const text of JSON.parse(String(entries)) as string[]) dictionaries[String(name)]?.add(text);
    }
    for (const { rows } of this.#db.prepare('SELECT rows FROM chunks ORDER BY last').iterate())
      index.adopt(Chunk.fromBytes(rows as Uint8Array));
    this.#lastPosition = index.lastPosition;
    this.#written = sizesOf(index);
  }

  /** True when a chunk became full, or all numbers changed. */
  get isDue(): boolean {
    return this.#numbering !== this.#index.numbering || this.#unsaved().length > 0;
  }

  save(): void {
    inTransaction(this.#db, 'written', () => {
      if (this.#numbering !== this.#index.numbering) {
        this.#db.exec('DELETE FROM chunks; DELETE FROM dictionaries');
        this.#written = new Map();
        this.#lastPosition = 0;
      }
      this.#writeDictionaries();
      const put = this.#db.prepare('INSERT OR REPLACE INTO chunks (last, rows) VALUES (?, ?)');
      for (const chunk of this.#unsaved()) put.run(chunk.position(chunk.end - 1), chunk.toBytes());
    });
    this.#written = sizesOf(this.#index);
    this.#numbering = this.#index.numbering;
    const last = this.#index.chunks.findLast((chunk) => chunk.isFull);
    if (last !== undefined) this.#lastPosition = last.position(last.end - 1);
  }

  /** Forgets chunks that lie before `position` as a whole. Inside the caller's transaction. */
  removeBefore(position: number): void {
    this.#db.prepare('DELETE FROM chunks WHERE last < ?').run(position);
  }

  #unsaved(): readonly Chunk[] {
    return this.#index.chunks.filter((chunk) => chunk.isFull && chunk.position(chunk.end - 1) > this.#lastPosition);
  }

  #writeDictionaries(): void {
    const put = this.#db.prepare('INSERT OR REPLACE INTO dictionaries (name, first, entries) VALUES (?, ?, ?)');
    for (const [name, dictionary] of Object.entries(this.#index.dictionaries())) {
      const from = this.#written.get(name) ?? firstNumber;
      if (dictionary.size > from) put.run(name, from, JSON.stringify(dictionary.textsFrom(from)));
    }
    const from = this.#written.get('clients') ?? firstAddress;
    if (this.#index.clients.size > from) put.run('clients', from, this.#index.clients.bytesFrom(from));
    put.run('countryNames', 0, JSON.stringify([...this.#index.countryNames]));
  }
}

function sizesOf(index: AlertIndex): Map<string, number> {
  const sizes = Object.entries(index.dictionaries()).map(([name, { size }]): [string, number] => [name, size]);
  return new Map([...sizes, ['clients', index.clients.size]]);
}
