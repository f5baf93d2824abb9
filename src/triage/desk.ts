import type { DatabaseSync } from 'node:sqlite';
import type { AlertFate } from '../deliver/courier.ts';
import type { StoreFollower } from '../deliver/store/follow.ts';
import { factsOf, rowOf, searchText } from './alert-facts.ts';
import { AlertIndex, type RowDecision } from './alert-index.ts';
import type { AlertGroup, AlertPage, AlertRow, BulkResult, GroupPage, Stats, TriageState } from './answers.ts';
import { triageStatuses } from './status.ts';
import { statsOf } from './count.ts';
import { Decisions, type DecidedAlert } from './decisions.ts';
import { Deliveries } from './deliveries.ts';
import type { AlertFilter } from './filter.ts';
import { FullText } from './full-text.ts';
import { type CursorPlace, groupsOf } from './group.ts';
import { type AlertOrder, newestFirst } from './order.ts';
import { SavedIndex } from './saved-index.ts';
import { type Plan, planOf, select } from './select.ts';
import { emptyProjection, inTransaction } from './triage-file.ts';
import type { AlertsPage, TriageEdit, TriageNews, TriagedAlert } from './triage.ts';

export interface DeskOptions {
  readonly store: StoreFollower;
  /** Triage's file; the desk closes it. */
  readonly db: DatabaseSync;
  readonly now: () => number;
}

/** One call changes no more than this: it holds other questions up meanwhile. */
const maxDecidedAtOnce = 50_000;
const readAtOnce = 500;

/**
 * Triage's work, synchronous; a thread of its own runs it (triage-thread.ts). Alerts are in memory as columns
 * (alert-index.ts), their whole JSON is fetched from the store for the rows that are shown.
 */
export class Desk {
  readonly #store: StoreFollower;
  readonly #db: DatabaseSync;
  readonly #now: () => number;
  readonly #index = new AlertIndex();
  readonly #decisions: Decisions;
  readonly #deliveries: Deliveries;
  readonly #words: FullText;
  readonly #saved: SavedIndex;
  /** Decisions on alerts that the index has not reached yet. */
  readonly #early = new Map<number, RowDecision>();
  /** Decisions on alerts that another store had: they may come again, with the same ids. */
  readonly #strayed = new Map<string, RowDecision>();
  #first = 0;
  #decided: TriageState[] = [];
  #toldPosition = 0;
  #hasNews = false;

  constructor({ store, db, now }: DeskOptions) {
    this.#store = store;
    this.#db = db;
    this.#now = now;
    this.#decisions = new Decisions(db);
    this.#deliveries = new Deliveries(db);
    if (!isOfStore(db, store)) {
      emptyProjection(db);
      this.#decisions.relocate((id) => store.get(id)?.position);
    }
    this.#words = new FullText(db);
    this.#saved = new SavedIndex(db, this.#index);
    this.#saved.load();
    for (const { id, position, status, assignee } of this.#decisions.all()) {
      if (position < 0) this.#strayed.set(id, { status, assignee });
      else this.#show(position, { status, assignee });
    }
    this.retain();
  }

  /** Of the newest alert that was read. */
  get position(): number {
    return this.#index.lastPosition;
  }

  /** Reads some of what is new in the store; false when there is nothing more. */
  follow(): boolean {
    // Nothing more is read while the disk takes nothing.
    if (this.#words.isFull) this.#words.flush();
    const found = this.#store.after(this.#index.lastPosition, readAtOnce);
    for (const { position, alert } of found) {
      const facts = factsOf(alert);
      this.#index.append(position, facts, this.#early.get(position) ?? this.#found(alert.id, position));
      this.#early.delete(position);
      if (position > this.#words.progress) this.#words.add(position, alert.id, searchText(facts));
    }
    if (this.#words.isFull || found.length === 0) this.#words.flush();
    if (this.#deliveries.hasWaiting) inTransaction(this.#db, 'written', () => this.#deliveries.write());
    this.#index.compactIfWorthIt();
    if (this.#saved.isDue) {
      // First the words: they are not read again for alerts that are in saved chunks.
      this.#words.flush();
      this.#saved.save();
    }
    return found.length > 0;
  }

  /** Forgets what the store's retention took. */
  retain(): void {
    const first = this.#store.first() ?? this.#index.lastPosition + 1;
    if (first <= this.#first) return;
    this.#index.removeBefore(first);
    this.#decisions.removeBefore(first);
    inTransaction(this.#db, 'written', () => {
      this.#deliveries.removeBefore(first);
      this.#words.removeBefore(first);
      this.#saved.removeBefore(first);
    });
    this.#first = first;
    this.#hasNews = true;
  }

  /** What happened since the last call; undefined when nothing did. */
  news(): TriageNews | undefined {
    const position = this.#index.lastPosition;
    if (!this.#hasNews && position === this.#toldPosition) return undefined;
    const decided = this.#decided;
    this.#decided = [];
    this.#hasNews = false;
    this.#toldPosition = position;
    return { position, decided };
  }

  alerts(filter: AlertFilter, { limit, cursor, after, order = 'arrival' }: AlertsPage): AlertPage {
    const place = cursor === undefined ? undefined : placeOf(cursor);
    const byTime = order === 'time' ? place : undefined;
    const plan = this.#plan(byTime === undefined ? filter : endedBy(filter, byTime.timeMs), {
      ...(after === undefined ? {} : { after }),
      ...(order === 'arrival' && place !== undefined ? { before: place.position } : {}),
    });
    const found: CursorPlace[] = [];
    for (const { chunk, row } of newestFirst(this.#index, plan, order)) {
      const here = { timeMs: chunk.timeMs[row] ?? 0, position: chunk.position(row) };
      if (byTime !== undefined && here.timeMs === byTime.timeMs && here.position >= byTime.position) continue;
      found.push(here);
      if (found.length > limit) break;
    }
    const alerts = this.#rows(found.slice(0, limit).map(({ position }) => position));
    const last = found.length > limit ? found[limit - 1] : undefined;
    return { alerts, ...(last === undefined ? {} : { next: cursorOf(last, order) }) };
  }

  groups(filter: AlertFilter, { limit, cursor, order = 'arrival' }: Omit<AlertsPage, 'after'>): GroupPage {
    // The moment of the first page, and the newest alert of the last group shown.
    const [, moment = String(this.#index.lastPosition), last] = /^(\d+)\.(.+)$/.exec(cursor ?? '') ?? [];
    const plan = this.#plan(filter, { before: Number(moment) + 1 });
    const counted = groupsOf(this.#index, plan, limit + 1, order, last === undefined ? undefined : placeOf(last));
    const shown = counted.slice(0, limit);
    const newest = new Map(this.#rows(shown.map((group) => group.newest.position)).map((row) => [row.position, row]));
    const groups = shown.flatMap(
      ({ newest: { position }, firstMs, lastMs, clientAddress, balancer, country, ...group }): AlertGroup[] => {
        const row = newest.get(position);
        if (row === undefined) return [];
        return [
          {
            ...group,
            ...(clientAddress === '' ? {} : { clientAddress }),
            ...(balancer === '' ? {} : { balancer }),
            ...(country === '' ? {} : { country }),
            firstTime: new Date(firstMs).toISOString(),
            lastTime: new Date(lastMs).toISOString(),
            newestId: row.id,
          },
        ];
      },
    );
    const end = shown.at(-1);
    if (counted.length <= limit || end === undefined) return { groups };
    return { groups, next: `${moment}.${cursorOf(end.newest, order)}` };
  }

  stats(filter: AlertFilter): Stats {
    return statsOf(this.#index, this.#plan(filter));
  }

  find(id: string): TriagedAlert | undefined {
    const stored = this.#store.get(id);
    if (stored === undefined || this.#index.locate(stored.position) === undefined) return undefined;
    const triage = this.#decisions.state(id);
    const row = rowOf(factsOf(stored.alert), stored.position, triage.status, triage.assignee ?? undefined);
    return { row, triage, delivered: this.#deliveries.of(stored.position) };
  }

  decide(id: string, version: number, edit: TriageEdit, who: string): TriageState | undefined {
    const position = this.#store.get(id)?.position;
    if (position === undefined) return undefined;
    const state = this.#decisions.decide({ id, position }, version, edit, who, this.#now());
    this.#show(position, state);
    this.#decided.push(state);
    this.#hasNews = true;
    return state;
  }

  decideAll(filter: AlertFilter, upTo: number | undefined, edit: TriageEdit, who: string): BulkResult {
    const plan = this.#plan(filter, upTo === undefined ? {} : { before: upTo + 1 });
    const positions: number[] = [];
    let remaining = 0;
    for (const position of this.#unlike(plan, edit)) {
      if (positions.length < maxDecidedAtOnce) positions.push(position);
      else remaining++;
    }
    const alerts: DecidedAlert[] = this.#store.at(positions).map(({ position, alert: { id } }) => ({ id, position }));
    const changed = this.#decisions.decideAll(alerts, edit, who, this.#now());
    for (const decided of changed) this.#show(decided.position, decided);
    this.#hasNews = true;
    return { changed: changed.length, remaining };
  }

  noteDeliveries(fates: readonly AlertFate[]): void {
    this.#deliveries.add(fates);
  }

  close(): void {
    this.#words.flush();
    inTransaction(this.#db, 'written', () => this.#deliveries.write());
    this.#db.close();
    this.#store.close();
  }

  /** The rows that an edit changes: a second call goes on where the first one had to end. */
  *#unlike(plan: Plan, { status, assignee, note }: TriageEdit): Generator<number> {
    const statusId = status === undefined ? undefined : triageStatuses.indexOf(status);
    const assigneeId =
      assignee === undefined ? undefined : assignee === null ? 0 : (this.#index.assignees.find(assignee) ?? -1);
    // A note is no column.
    const isNoted = note === undefined ? () => true : this.#decisions.hasNote(note);
    for (const { chunk, rows, count } of select(this.#index, plan)) {
      for (let at = count - 1; at >= 0; at--) {
        const row = rows[at] ?? 0;
        const same =
          isNoted(chunk.position(row)) &&
          (statusId === undefined || chunk.columns.status[row] === statusId) &&
          (assigneeId === undefined || chunk.columns.assignee[row] === assigneeId);
        if (!same) yield chunk.position(row);
      }
    }
  }

  #found(id: string, position: number): RowDecision | undefined {
    const decision = this.#strayed.get(id);
    if (decision === undefined) return undefined;
    this.#strayed.delete(id);
    this.#decisions.place(id, position);
    return decision;
  }

  #show(position: number, decision: RowDecision): void {
    if (position > this.#index.lastPosition) this.#early.set(position, decision);
    else this.#index.decide(position, decision);
  }

  #plan(filter: AlertFilter, { after, before }: { readonly after?: number; readonly before?: number } = {}): Plan {
    const found = filter.q === undefined ? undefined : this.#words.find(filter.q, after);
    return planOf(this.#index, filter, {
      found,
      ...(after === undefined ? {} : { from: after + 1 }),
      ...(before === undefined ? {} : { to: before }),
    });
  }

  #rows(positions: readonly number[]): AlertRow[] {
    return this.#store.at(positions).map(({ position, alert }) => {
      const place = this.#index.locate(position);
      const status = triageStatuses[place?.chunk.columns.status[place.row] ?? 0] ?? 'new';
      const assignee = this.#index.assignees.text(place?.chunk.columns.assignee[place.row] ?? 0);
      return rowOf(factsOf(alert), position, status, assignee === '' ? undefined : assignee);
    });
  }
}

/** With no alert that happened after the millisecond. */
function endedBy(filter: AlertFilter, timeMs: number): AlertFilter {
  return { ...filter, until: Math.min(filter.until ?? Number.POSITIVE_INFINITY, timeMs + 1) };
}

/** A cursor is the position of the last alert shown; in the order of time, its time before it. */
function cursorOf({ timeMs, position }: CursorPlace, order: AlertOrder): string {
  return order === 'arrival' ? String(position) : `${timeMs}.${position}`;
}

function placeOf(cursor: string): CursorPlace {
  const [last = '', time = '0'] = cursor.split('.').reverse();
  return { timeMs: Number(time), position: Number(last) };
}

/** Whether the projection is of this store: its last alert stands where it stood, or has passed the retention. */
function isOfStore(db: DatabaseSync, store: StoreFollower): boolean {
  const { position = 0, id = '' } = db.prepare('SELECT position, id FROM progress').get() ?? {};
  if (position === 0) return db.prepare('SELECT 1 FROM decisions LIMIT 1').get() === undefined;
  const [stored] = store.at([Number(position)]);
  return stored === undefined ? (store.first() ?? 0) > Number(position) : stored.alert.id === id;
}
