import type { DatabaseSync } from 'node:sqlite';
import { shortKey, type Text } from './record.ts';

/** So many ids are gathered before they go into the table `ids`. */
const gathered = 32_768;

/**
 * Tells which ids the log has already. Ids are hashes, so each one falls on another page of an index: kept up with every
 * append, as UNIQUE was, it cost more than all the rest once the file had grown. So the newest ids are held in memory (and
 * read again from the log at the next start), and go into the table `ids` many at once, in its order.
 *
 * An entry may outlive its alert: what is found is looked at in the log.
 */
export class IdIndex {
  readonly #find;
  readonly #idAt;
  readonly #insert;
  readonly #after;
  /** Short keys of the ids of the alerts behind `indexed_to`, with their positions. */
  readonly #recent = new Map<number, number | number[]>();
  #recentTo = -1;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare('SELECT position FROM ids WHERE key = ?');
    this.#idAt = db.prepare('SELECT id FROM alerts WHERE position = ?');
    this.#insert = db.prepare('INSERT OR IGNORE INTO ids VALUES (?, ?)');
    this.#after = db.prepare('SELECT position, id FROM alerts WHERE position > ? ORDER BY position');
  }

  /** Learns of the alerts up to `last` that this index was not told of: those from before the start, and other processes'. */
  catchUp(indexedTo: number, last: number): void {
    if (this.#recentTo === last) return;
    for (const { position, id } of this.#after.iterate(Math.max(indexedTo, this.#recentTo)))
      if (typeof id === 'string' || id instanceof Uint8Array) this.#remember(shortKey(id), Number(position));
    this.#recentTo = last;
  }

  /** `key` is the id's short key. */
  has(id: Text, key: number): boolean {
    const recent = this.#recent.get(key);
    if (recent !== undefined && positionsOf(recent).some((position) => this.#isAt(id, position))) return true;
    if (this.#find.get(key) === undefined) return false;
    return this.#find.all(key).some((row) => this.#isAt(id, Number(row['position'])));
  }

  added(key: number, position: number): void {
    this.#remember(key, position);
    this.#recentTo = position;
  }

  /** Writes what has gathered, when that is enough, and answers up to which position all ids are in the table. */
  write(indexedTo: number): number {
    if (this.#recent.size < gathered) return indexedTo;
    for (const key of Float64Array.from(this.#recent.keys()).sort())
      for (const position of positionsOf(this.#recent.get(key) ?? [])) this.#insert.run(key, position);
    this.#recent.clear();
    return this.#recentTo;
  }

  /** After a transaction that was undone: everything in memory may be wrong. */
  forget(): void {
    this.#recent.clear();
    this.#recentTo = -1;
  }

  #remember(key: number, position: number): void {
    const known = this.#recent.get(key);
    this.#recent.set(key, known === undefined ? position : [...positionsOf(known), position]);
  }

  #isAt(id: Text, position: number): boolean {
    const found = this.#idAt.get(position)?.['id'];
    if (typeof found === 'string' || typeof id === 'string') return found === id;
    return found instanceof Uint8Array && Buffer.compare(found, id) === 0;
  }
}

function positionsOf(positions: number | number[]): number[] {
  return typeof positions === 'number' ? [positions] : positions;
}

/** The position of the alert with that id, for who only reads the file. */
export function positionOf(db: DatabaseSync, id: Text): number | undefined {
  const indexed = db.prepare('SELECT a.position FROM ids JOIN alerts AS a USING (position) WHERE key = ? AND a.id = ?');
  const recent = db.prepare('SELECT position FROM alerts WHERE position > (SELECT indexed_to FROM log) AND id = ?');
  const found = indexed.get(shortKey(id), id) ?? recent.get(id);
  return found === undefined ? undefined : Number(found['position']);
}
