import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { TriageState } from './answers.ts';
import { triageStatuses } from './status.ts';
import { inTransaction } from './triage-file.ts';
import { Outdated, type TriageEdit } from './triage.ts';

export interface Decided extends Omit<TriageState, 'history'> {
  readonly position: number;
}

/** An alert that a decision is about. */
export interface DecidedAlert {
  readonly id: string;
  readonly position: number;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/** What people decided, with its history. Durable (synced) when a method that changes something returns. */
export class Decisions {
  readonly #db: DatabaseSync;
  readonly #get;
  readonly #put;
  readonly #remember;
  readonly #history;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#get = db.prepare('SELECT * FROM decisions WHERE id = ?');
    this.#put = db.prepare(
      'INSERT INTO decisions (id, position, status, assignee, note, version) VALUES (?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET position = excluded.position, status = excluded.status, assignee = excluded.assignee, note = excluded.note, version = excluded.version',
    );
    this.#remember = db.prepare('INSERT INTO history (id, version, at_ms, who, edit) VALUES (?,?,?,?,?)');
    this.#history = db.prepare('SELECT at_ms, who, edit FROM history WHERE id = ? ORDER BY version');
  }

  state(id: string): TriageState {
    const { position: _, ...state } = this.#decided(id, 0);
    const history = this.#history.all(id).map((row) => ({
      ...(JSON.parse(String(row['edit'])) as TriageEdit),
      at: Number(row['at_ms']),
      who: String(row['who']),
    }));
    return { ...state, history };
  }

  /** Throws Outdated unless `version` is the alert's. */
  decide(alert: DecidedAlert, version: number, edit: TriageEdit, who: string, nowMs: number): TriageState {
    inTransaction(this.#db, 'synced', () => {
      const current = this.#decided(alert.id, alert.position);
      if (current.version !== version) throw new Outdated(this.state(alert.id));
      this.#write(current, alert.position, edit, who, nowMs);
    });
    return this.state(alert.id);
  }

  /** Answers those that were changed, as they are now: what was so already is not touched. */
  decideAll(alerts: readonly DecidedAlert[], edit: TriageEdit, who: string, nowMs: number): readonly Decided[] {
    return inTransaction(this.#db, 'synced', () =>
      alerts.flatMap(({ id, position }) => {
        const written = this.#write(this.#decided(id, position), position, edit, who, nowMs);
        return written === undefined ? [] : [written];
      }),
    );
  }

  /** Tells whether the alert at a position has this note, as things are now; what nobody decided on has the empty one. */
  hasNote(note: string): (position: number) => boolean {
    const notEmpty = note !== '';
    const asked = `SELECT position FROM decisions WHERE note ${notEmpty ? '=' : '<>'} ?`;
    const found = new Set(
      this.#db
        .prepare(asked)
        .all(note)
        .map((row) => Number(row['position'])),
    );
    return (position) => found.has(position) === notEmpty;
  }

  *all(): Generator<Decided> {
    for (const row of this.#db.prepare('SELECT * FROM decisions').iterate()) yield decidedOf(row);
  }

  /** Moves decisions to where their alerts stand now; `positionOf` answers undefined for an alert that is not there: its decision is kept. */
  relocate(positionOf: (id: string) => number | undefined): void {
    inTransaction(this.#db, 'synced', () => {
      const ids = this.#db.prepare('SELECT id FROM decisions').all();
      for (const { id } of ids) this.place(String(id), positionOf(String(id)) ?? -1);
    });
  }

  /** Says where the alert of a decision stands. */
  place(id: string, position: number): void {
    this.#db.prepare('UPDATE decisions SET position = ? WHERE id = ?').run(position, id);
  }

  /** Forgets the decisions on alerts before `position`, which the store does not have any more. */
  removeBefore(position: number): void {
    inTransaction(this.#db, 'synced', () => {
      this.#db
        .prepare('DELETE FROM history WHERE id IN (SELECT id FROM decisions WHERE position >= 0 AND position < ?)')
        .run(position);
      this.#db.prepare('DELETE FROM decisions WHERE position >= 0 AND position < ?').run(position);
    });
  }

  #decided(id: string, position: number): Decided {
    const row = this.#get.get(id);
    return row === undefined ? { id, position, status: 'new', assignee: null, note: '', version: 0 } : decidedOf(row);
  }

  #write(current: Decided, position: number, edit: TriageEdit, who: string, nowMs: number): Decided | undefined {
    const { status = current.status, assignee = current.assignee, note = current.note } = edit;
    const changes = {
      ...(status === current.status ? {} : { status }),
      ...(assignee === current.assignee ? {} : { assignee }),
      ...(note === current.note ? {} : { note }),
    };
    if (Object.keys(changes).length === 0) return undefined;
    const version = current.version + 1;
    this.#put.run(current.id, position, status, assignee, note, version);
    this.#remember.run(current.id, version, nowMs, who, JSON.stringify(changes));
    return { id: current.id, position, status, assignee, note, version };
  }
}

function decidedOf(row: Row): Decided {
  return {
    id: String(row['id']),
    position: Number(row['position']),
    status: triageStatuses.find((status) => status === row['status']) ?? 'new',
    assignee: typeof row['assignee'] === 'string' ? row['assignee'] : null,
    note: String(row['note']),
    version: Number(row['version']),
  };
}
