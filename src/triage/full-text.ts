import type { DatabaseSync } from 'node:sqlite';

/** So much of an alert's text is indexed. */
const maxChars = 4_096;
/** Of a word that is in more alerts than this, the newest so many count. */
const maxFound = 250_000;

/** Finds alerts by the words in them, or the beginnings of words. */
export class FullText {
  readonly #db: DatabaseSync;
  readonly #insert;
  readonly #removeBefore;
  readonly #find;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)');
    this.#removeBefore = db.prepare('DELETE FROM words WHERE rowid < ?');
    // One text of all the numbers: rows one by one would take four times as long.
    this.#find = db.prepare(
      'SELECT json_group_array(rowid) AS positions FROM (SELECT rowid FROM words WHERE words MATCH ? AND rowid > ? ORDER BY rowid DESC LIMIT ?)',
    );
  }

  add(position: number, text: string): void {
    this.#insert.run(position, text.slice(0, maxChars));
  }

  /** The progress and what was added since become durable together with the caller's transaction. */
  progress(): number {
    return Number(this.#db.prepare("SELECT position FROM progress WHERE name = 'words'").get()?.['position'] ?? 0);
  }

  setProgress(position: number): void {
    this.#db.prepare("INSERT INTO progress VALUES ('words', ?1) ON CONFLICT DO UPDATE SET position = ?1").run(position);
  }

  /** Ascending positions of the alerts that have all the words of one of the texts; undefined when one of them has no word, which every alert has. */
  find(texts: readonly string[], after = 0): Float64Array | undefined {
    const alternatives = texts.map((text) => wordsOf(text).join(' AND '));
    if (alternatives.includes('')) return undefined;
    const query = alternatives.map((words) => `(${words})`).join(' OR ');
    const positions = JSON.parse(String(this.#find.get(query, after, maxFound)?.['positions'])) as number[];
    return Float64Array.from(positions).reverse();
  }

  removeBefore(position: number): void {
    this.#removeBefore.run(position);
  }
}

/** Each piece between blanks as a phrase whose last word may go on: what the tokenizer makes of `/wp-login` is `"wp login"*`. */
function wordsOf(text: string): string[] {
  return text
    .split(/\s+/)
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece))
    .slice(0, 16)
    .map((piece) => `"${piece.replaceAll('"', ' ').replaceAll('\0', ' ')}"*`);
}
