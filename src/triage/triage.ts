import type { AlertPage, AlertRow, BulkResult, GroupPage, Stats, TriageState } from './answers.ts';
import type { TriageStatus } from './status.ts';
import type { AlertFate } from '../deliver/courier.ts';
import type { AlertFilter } from './filter.ts';
import type { AlertOrder } from './order.ts';

/** A change that one person makes; what is absent stays as it is. */
export interface TriageEdit {
  readonly status?: TriageStatus;
  /** null takes it away. */
  readonly assignee?: string | null;
  readonly note?: string;
}

/** An alert's place in triage: how to find the rest of it, and what was decided. */
export interface TriagedAlert {
  readonly row: AlertRow;
  readonly triage: TriageState;
  /** What was noted of its way to the outputs; empty where nothing was, which does not mean that it went nowhere. */
  readonly delivered: readonly DeliveryFact[];
}

/** What the courier did with an alert for one output. */
export type DeliveryFact = Omit<AlertFate, 'positions'>;

/** What happened since; told in batches, several times a second at most. */
export interface TriageNews {
  /** The newest alert that lists know now. */
  readonly position: number;
  /** Decisions, the newest of each alert; none of a bulk. */
  readonly decided: readonly TriageState[];
}

/** Which part of a list. */
export interface AlertsPage {
  readonly limit: number;
  /**
   * `next` of the page before, of the same order. In the order of arrival (the default) alerts that come in between change no
   * later page; in that of time they come in where they belong.
   */
  readonly cursor?: string;
  /** Only alerts that arrived after this position. */
  readonly after?: number;
  readonly order?: AlertOrder;
}

/** A change that came too late: somebody else changed the alert first. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
  readonly current: TriageState;

  constructor(current: TriageState) {
    super(`the alert was changed by somebody else; its version is ${current.version} now`);
    this.current = current;
  }
}

/** Triage cannot answer now; the message says why and what to do. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/**
 * The view of the alert log that people decide on. A projection: it follows the log by a cursor of its own and can be
 * built again from it, decisions aside, which are its own and durable. Lists are of what the cursor has reached; an alert
 * is there some tenths of a second after it was stored. Every call may reject when the projection broke; its error says what to do.
 */
export interface Triage {
  /** The newest first, as `order` says. */
  alerts(filter: AlertFilter, page: AlertsPage): Promise<AlertPage>;
  /** The group whose newest alert, as `order` says, is the newest first. Pages are of the moment of the first one. */
  groups(filter: AlertFilter, page: Omit<AlertsPage, 'after'>): Promise<GroupPage>;
  stats(filter: AlertFilter): Promise<Stats>;
  /** Undefined when the log has no such alert, or triage has not reached it yet. */
  find(id: string): Promise<TriagedAlert | undefined>;
  /** Durable when it resolves. Rejects with `Outdated` unless `version` is the alert's; undefined when there is no such alert. */
  decide(id: string, version: number, edit: TriageEdit, who: string): Promise<TriageState | undefined>;
  /** Changes every alert that the filter matches, up to position `upTo` where it is given; at most some ten thousand in one call. */
  decideAll(filter: AlertFilter, upTo: number | undefined, edit: TriageEdit, who: string): Promise<BulkResult>;
  /** Notes what the courier did, best effort. */
  noteDeliveries(fates: readonly AlertFate[]): void;
  /** Calls back until the returned function is called. */
  watch(listener: (news: TriageNews) => void): () => void;
  /** What is wrong with it now; empty when all is well. */
  problems(): readonly string[];
  close(): Promise<void>;
}
