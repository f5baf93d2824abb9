import type { AlertIndex } from './alert-index.ts';
import type { Chunk } from './chunk.ts';
import { type Plan, rowsOf, select } from './select.ts';
import { rowsPerChunk } from './chunk.ts';

/** `arrival`: as alerts came into the store. `time`: as the events happened, which backfilled logs mix up. */
export const alertOrders = ['arrival', 'time'] as const;
export type AlertOrder = (typeof alertOrders)[number];

/** A row of a chunk. */
export interface Located {
  readonly chunk: Chunk;
  readonly row: number;
}

/** What the plan takes, the newest first. What is yielded is good until the next step. The index must not change meanwhile. */
export function newestFirst(index: AlertIndex, plan: Plan, order: AlertOrder): Generator<Located> {
  return order === 'arrival' ? lastArrived(index, plan) : lastHappened(index, plan);
}

function* lastArrived(index: AlertIndex, plan: Plan): Generator<Located> {
  for (const { chunk, rows, count } of select(index, plan)) {
    const located = { chunk, row: 0 };
    for (let at = count - 1; at >= 0; at--) {
      located.row = rows[at] ?? 0;
      yield located;
    }
  }
}

/**
 * Merges chunks, each in the order of its rows' times. Chunks whose newest row is older than what was yielded so far are not
 * looked at: where alerts arrive nearly as they happen, one or two are open at a time.
 */
function* lastHappened(index: AlertIndex, plan: Plan): Generator<Located> {
  if (plan.isEmpty) return;
  const closed = index.chunks
    .filter((chunk) => chunk.start < chunk.end)
    .sort((a, b) => a.maxTimeMs - b.maxTimeMs || a.position(0) - b.position(0));
  const open: OpenChunk[] = [];
  for (;;) {
    let best: OpenChunk | undefined;
    for (const each of open) if (best === undefined || each.isBefore(best)) best = each;
    const next = closed.at(-1);
    if (next !== undefined && (best === undefined || next.maxTimeMs >= best.timeMs)) {
      closed.pop();
      const opened = new OpenChunk(next, plan);
      if (opened.isAtEnd) continue;
      open.push(opened);
      continue;
    }
    if (best === undefined) return;
    // As long as it stays the newest, the others need not be looked at.
    const second = secondOf(open, best);
    do {
      yield best;
      best.step();
    } while (staysFirst(best, second, next));
    if (best.isAtEnd) open.splice(open.indexOf(best), 1);
  }
}

function staysFirst(best: OpenChunk, second: OpenChunk | undefined, next: Chunk | undefined): boolean {
  if (best.isAtEnd || (second !== undefined && !best.isBefore(second))) return false;
  return next === undefined || best.timeMs > next.maxTimeMs;
}

function secondOf(open: readonly OpenChunk[], best: OpenChunk): OpenChunk | undefined {
  let second: OpenChunk | undefined;
  for (const each of open) if (each !== best && (second === undefined || each.isBefore(second))) second = each;
  return second;
}

/** The rows of a chunk that a plan takes, the latest first. */
class OpenChunk implements Located {
  readonly chunk: Chunk;
  row = 0;
  timeMs = 0;
  readonly #rows: Uint16Array;
  #left: number;

  constructor(chunk: Chunk, plan: Plan) {
    this.chunk = chunk;
    const rows = new Uint16Array(rowsPerChunk);
    const count = rowsOf(chunk, plan, rows);
    this.#rows = chunk.inOrderOfTime(rows.subarray(0, count));
    this.#left = count;
    this.step();
  }

  get isAtEnd(): boolean {
    return this.#left < 0;
  }

  step(): void {
    this.#left--;
    this.row = this.#rows[this.#left] ?? 0;
    this.timeMs = this.chunk.timeMs[this.row] ?? 0;
  }

  /** Whether its row comes first: it happened later, or in the same millisecond and arrived later. */
  isBefore(other: OpenChunk): boolean {
    if (this.timeMs !== other.timeMs) return this.timeMs > other.timeMs;
    return this.chunk.position(this.row) > other.chunk.position(other.row);
  }
}
