import type { DatabaseSync } from 'node:sqlite';
import { stringifyJson } from '../../base/json.ts';
import type { Burial, ReaderCommit } from './alert-store.ts';

/** Writes what readers commit, inside the caller's transaction. */
export class Cursors {
  readonly #setCursor;
  readonly #setNote;
  readonly #dropNote;
  readonly #dropLetter;
  readonly #addLetter;
  readonly #remove;

  constructor(db: DatabaseSync) {
    this.#setCursor = db.prepare(
      'INSERT INTO cursors VALUES (?1, ?2) ON CONFLICT DO UPDATE SET position = max(position, ?2)',
    );
    this.#setNote = db.prepare('INSERT INTO notes VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = ?3');
    this.#dropNote = db.prepare('DELETE FROM notes WHERE reader = ? AND key = ?');
    this.#dropLetter = db.prepare('DELETE FROM dead WHERE letter = ? AND output = ?');
    this.#addLetter = db.prepare(
      'INSERT INTO dead (output, position, reason, tries, at_ms, alert, received) VALUES (?,?,?,?,?,?,?)',
    );
    this.#remove = [
      db.prepare('DELETE FROM cursors WHERE reader = ?'),
      db.prepare('DELETE FROM notes WHERE reader = ?'),
    ];
  }

  commit(reader: string, commit: ReaderCommit, nowMs: number): void {
    const { position, buried = [], replayed = [], notes = new Map() } = commit;
    this.#setCursor.run(reader, position);
    for (const burial of buried) this.#bury(reader, burial, nowMs);
    for (const letter of replayed) this.#dropLetter.run(letter, reader);
    for (const [key, value] of notes) {
      if (value === undefined) this.#dropNote.run(reader, key);
      else this.#setNote.run(reader, key, value);
    }
  }

  remove(reader: string): void {
    for (const statement of this.#remove) statement.run(reader);
  }

  #bury(reader: string, { stored, reason, tries }: Burial, nowMs: number): void {
    const { received, ...alert } = stored.alert;
    // SQLite's text is UTF-8, where half a surrogate pair cannot stand; such a text goes into the JSON, which escapes it.
    const apart = received?.isWellFormed() ?? true;
    const json = stringifyJson(apart ? alert : stored.alert);
    const text = apart ? (received ?? null) : null;
    this.#addLetter.run(reader, stored.position, reason, tries, nowMs, json, text);
  }
}
