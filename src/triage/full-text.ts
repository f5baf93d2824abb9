import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './triage-file.ts';

/** So much of an alert's text is indexed. */
const maxChars = 4_096;
/** Of a word that is in more alerts than this, the newest so many count. */
const maxFound = 250_000;
/** Written together: FTS5 sorts and merges what a transaction brought, which costs less for many alerts than for few. */
const alertsAtOnce = 4_000;
const maxWords = 16;

/** Finds alerts by the words in them, or the beginnings of words. Alerts that were added are found at once, and written later. */
export class FullText {
  readonly #db: DatabaseSync;
  readonly #insert;
  readonly #setProgress;
  readonly #removeBefore;
  readonly #find;
  #waiting: { readonly position: number; readonly id: string; readonly text: string }[] = [];
  #progress: number;
  #lastFound = { key: '', positions: new Float64Array() };

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)');
    this.#setProgress = db.prepare('UPDATE progress SET position = ?, id = ?');
    this.#removeBefore = db.prepare('DELETE FROM words WHERE rowid < ?');
    // One text of all the numbers: rows one by one would take four times as long.
    this.#find = db.prepare(
      'SELECT json_group_array(rowid) AS positions FROM (SELECT rowid FROM words WHERE words MATCH ? AND rowid > ? ORDER BY rowid DESC LIMIT ?)',
    );
    this.#progress = Number(db.prepare('SELECT position FROM progress').get()?.['position'] ?? 0);
  }

  /** Alerts up to this position are in the index. */
  get progress(): number {
    return this.#waiting.at(-1)?.position ?? this.#progress;
  }

  get isFull(): boolean {
    return this.#waiting.length >= alertsAtOnce;
  }

  add(position: number, id: string, text: string): void {
    this.#waiting.push({ position, id, text: text.slice(0, maxChars).toWellFormed() });
  }

  /** Writes what was added. A power cut may take it; it is read from the store again then. */
  flush(): void {
    const last = this.#waiting.at(-1);
    if (last === undefined) return;
    inTransaction(this.#db, 'written', () => {
      for (const { position, text } of this.#waiting) this.#insert.run(position, text);
      this.#setProgress.run(last.position, last.id);
    });
    this.#progress = last.position;
    this.#waiting = [];
  }

  /**
   * Ascending positions of the alerts after `after` that have all the words of one of the texts; undefined when a text has
   * no word, which every alert has.
   */
  find(texts: readonly string[], after = 0): Float64Array | undefined {
    const alternatives = texts.map((text) => wordsOf(text).join(' AND '));
    if (alternatives.includes('')) return undefined;
    this.flush();
    const query = alternatives.map((words) => `(${words})`).join(' OR ');
    // A page asks for its lists and its counts at once, with one text.
    const key = `${after} ${this.#progress} ${query}`;
    if (this.#lastFound.key !== key) {
      const positions = JSON.parse(String(this.#find.get(query, after, maxFound)?.['positions'])) as number[];
      this.#lastFound = { key, positions: Float64Array.from(positions).reverse() };
    }
    return this.#lastFound.positions;
  }

  /** Inside the caller's transaction. */
  removeBefore(position: number): void {
    this.#waiting = this.#waiting.filter((one) => one.position >= position);
    this.#removeBefore.run(position);
    this.#lastFound = { key: '', positions: new Float64Array() };
  }
}

/**
 * Each word as the tokenizer cuts them, with the star that lets it go on. The index keeps no places of words
 * (`detail = none`: half the size, two thirds of the time), so a phrase would be an error: what the tokenizer might cut in
 * two must not get there.
 */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .split(/[^\p{L}\p{N}.]+/u)
      .filter((word) => /[\p{L}\p{N}]/u.test(word))
      .slice(0, maxWords)
      // Dots belong to words, for addresses: `git` is to find `/.git/config` as well.
      .map((word) => (word.startsWith('.') ? `"${word}"*` : `("${word}"* OR ".${word}"*)`))
  );
}
