import { priorities, type Priority } from '../alert/priority.ts';
import type { AlertIndex } from './alert-index.ts';
import { type TriageStatus, triageStatuses } from './status.ts';
import type { Chunk } from './chunk.ts';
import { type AlertOrder, type Located, newestFirst } from './order.ts';
import { type Plan, select } from './select.ts';

/** The alerts of one rule about one client at one balancer, counted. */
export interface CountedGroup {
  readonly key: string;
  readonly rule: string;
  readonly clientAddress: string;
  readonly balancer: string;
  readonly country: string;
  readonly priority: Priority;
  /** Of the alert that comes first in the order asked for. */
  readonly newest: CursorPlace;
  readonly count: number;
  /** Milliseconds since the Unix epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly statuses: Partial<Record<TriageStatus, number>>;
}

interface Tally {
  readonly chunk: Chunk;
  readonly row: number;
  count: number;
  firstMs: number;
  lastMs: number;
  readonly statuses: Uint32Array;
}

/** A place in an order. */
export interface CursorPlace {
  readonly timeMs: number;
  readonly position: number;
}

/**
 * The first `limit` groups, by their newest alert, of those whose newest alert comes after `cursor`. Two passes: from the
 * newest alert back until the page is full, which mostly is soon, then over all alerts to count only the page's groups.
 */
export function groupsOf(
  index: AlertIndex,
  plan: Plan,
  limit: number,
  order: AlertOrder,
  cursor?: CursorPlace,
): readonly CountedGroup[] {
  const keyOf = keyReader(index);
  const isShown = (chunk: Chunk, row: number): boolean =>
    cursor !== undefined && !comesAfter(chunk, row, cursor, order);
  const page = firstOnes(newestFirst(index, plan, order), limit, isShown, keyOf);
  if (page.size === 0) return [];
  const clients = new Uint8Array(index.clients.size);
  for (const { chunk, row } of page.values()) clients[chunk.columns.client[row] ?? 0] = 1;
  for (const { chunk, rows, count } of select(index, {
    ...plan,
    tests: [...plan.tests, { column: 'client', mask: clients }],
  })) {
    for (let at = 0; at < count; at++) {
      const row = rows[at] ?? 0;
      const tally = page.get(keyOf(chunk, row));
      if (tally === undefined) continue;
      const time = chunk.timeMs[row] ?? 0;
      tally.count++;
      if (time < tally.firstMs) tally.firstMs = time;
      if (time > tally.lastMs) tally.lastMs = time;
      const status = chunk.columns.status[row] ?? 0;
      tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
    }
  }
  return [...page].map(([key, tally]) => groupOf(index, key, tally));
}

type KeyReader = (chunk: Chunk, row: number) => number;

/** One number for rule, client and balancer: exact, as long as the dictionaries' sizes multiply to less than 2^53. */
function keyReader(index: AlertIndex): KeyReader {
  const rules = index.rules.size;
  const balancers = index.balancers.size;
  return ({ columns }, row) =>
    ((columns.client[row] ?? 0) * balancers + (columns.balancer[row] ?? 0)) * rules + (columns.rule[row] ?? 0);
}

function comesAfter(chunk: Chunk, row: number, { timeMs, position }: CursorPlace, order: AlertOrder): boolean {
  const time = chunk.timeMs[row] ?? 0;
  return order === 'time' && time !== timeMs ? time < timeMs : chunk.position(row) < position;
}

function firstOnes(
  rows: Iterable<Located>,
  limit: number,
  isShown: (chunk: Chunk, row: number) => boolean,
  keyOf: KeyReader,
): Map<number, Tally> {
  const seen = new Set<number>();
  const page = new Map<number, Tally>();
  for (const { chunk, row } of rows) {
    const key = keyOf(chunk, row);
    if (seen.has(key)) continue;
    seen.add(key);
    if (isShown(chunk, row)) continue;
    page.set(key, {
      chunk,
      row,
      count: 0,
      firstMs: Number.POSITIVE_INFINITY,
      lastMs: Number.NEGATIVE_INFINITY,
      statuses: new Uint32Array(triageStatuses.length),
    });
    if (page.size === limit) return page;
  }
  return page;
}

function groupOf(
  index: AlertIndex,
  key: number,
  { chunk, row, count, firstMs, lastMs, statuses }: Tally,
): CountedGroup {
  const { columns } = chunk;
  return {
    key: key.toString(36),
    rule: index.rules.text(columns.rule[row] ?? 0),
    clientAddress: index.clients.text(columns.client[row] ?? 0),
    balancer: index.balancers.text(columns.balancer[row] ?? 0),
    country: index.countries.text(columns.country[row] ?? 0),
    priority: priorities[columns.priority[row] ?? 0] ?? 'Debug',
    newest: { timeMs: chunk.timeMs[row] ?? 0, position: chunk.position(row) },
    count,
    firstMs,
    lastMs,
    statuses: Object.fromEntries(
      triageStatuses.flatMap((name, at) => ((statuses[at] ?? 0) > 0 ? [[name, statuses[at]]] : [])),
    ),
  };
}
