import { priorities } from '../alert/priority.ts';
import type { AlertIndex, Place } from './alert-index.ts';
import { triageStatuses } from './status.ts';
import { type Chunk, type Column, rowsPerChunk } from './chunk.ts';
import type { Dictionary } from './dictionary.ts';
import type { AlertFilter } from './filter.ts';

/** A filter made ready for scans: per column the numbers that it takes. */
export interface Plan {
  readonly since: number;
  readonly until: number;
  /** Positions from `from` to before `to`. */
  readonly from: number;
  readonly to: number;
  readonly tests: readonly { readonly column: Column; readonly mask: Uint8Array }[];
  /** Ascending positions that free text found, of which a row must be one. */
  readonly positions?: Float64Array;
  /** Nothing can match. */
  readonly isEmpty: boolean;
}

/** `found` are the positions of the filter's free text. Numbers that the index gives out later are in no mask: plan anew for each question. */
export function planOf(
  index: AlertIndex,
  filter: AlertFilter,
  { from = 0, to = Number.POSITIVE_INFINITY, found }: { from?: number; to?: number; found?: Float64Array | undefined },
): Plan {
  const tests: { readonly column: Column; readonly mask: Uint8Array }[] = [];
  const add = <T>(
    column: Column,
    wanted: readonly T[] | undefined,
    mask: (wanted: readonly T[]) => Uint8Array,
  ): void => {
    if (wanted !== undefined) tests.push({ column, mask: mask(wanted) });
  };
  add('client', filter.ip, (networks) => index.clients.mask(networks));
  add('path', filter.path, exact(index.paths));
  add('rule', filter.rule, exact(index.rules));
  add('priority', filter.priority, (words) =>
    numbers(
      priorities.length,
      words.map((word) => priorities.indexOf(word)),
    ),
  );
  add('status', filter.status, (words) =>
    numbers(
      triageStatuses.length,
      words.map((word) => triageStatuses.indexOf(word)),
    ),
  );
  add('balancer', filter.balancer, exact(index.balancers));
  add('country', filter.country, exact(index.countries));
  add('place', filter.city, (cities) => index.places.mask((text) => cities.includes(cityOf(text))));
  add('source', filter.source, exact(index.sources));
  add('assignee', filter.assignee, exact(index.assignees));
  add('tags', filter.tag, (tags) => index.tagSets.mask((set) => tags.some((tag) => `\n${set}`.includes(`\n${tag}\n`))));
  add('asn', filter.asn, (asns) => {
    const starts = asns.map((asn) => `${asn} `);
    return index.networks.mask((network) => starts.some((start) => network.startsWith(start)));
  });
  return {
    since: filter.since ?? Number.NEGATIVE_INFINITY,
    until: filter.until ?? Number.POSITIVE_INFINITY,
    from,
    to,
    tests,
    ...(found === undefined ? {} : { positions: found }),
    isEmpty: found?.length === 0 || tests.some(({ mask }) => !mask.includes(1)),
  };
}

/** As a filter names it: the country, a blank, the city. Number 1 is no place. */
function cityOf(text: string): string {
  if (!text.startsWith('{')) return '';
  const { country, city = '' } = JSON.parse(text) as Place;
  return `${country} ${city}`;
}

/** The mask of texts that a dictionary has, each whole. */
function exact(dictionary: Dictionary) {
  return (texts: readonly string[]): Uint8Array =>
    numbers(
      dictionary.size,
      texts.map((text) => dictionary.find(text)),
    );
}

function numbers(size: number, wanted: readonly (number | undefined)[]): Uint8Array {
  const mask = new Uint8Array(size);
  for (const id of wanted) if (id !== undefined) mask[id] = 1;
  return mask;
}

/** The rows of one chunk that a plan takes, ascending. `rows` is the caller's, overwritten by the next chunk. */
export interface Selected {
  readonly chunk: Chunk;
  readonly rows: Uint16Array;
  readonly count: number;
}

/** The chunks in which the plan takes rows, the newest first. The index must not change between two steps. */
export function* select(index: AlertIndex, plan: Plan): Generator<Selected> {
  if (plan.isEmpty) return;
  const rows = new Uint16Array(rowsPerChunk);
  for (let at = index.chunks.length - 1; at >= 0; at--) {
    const chunk = index.chunks[at];
    if (chunk === undefined || chunk.start === chunk.end) continue;
    if (chunk.minTimeMs >= plan.until || chunk.maxTimeMs < plan.since) continue;
    if (chunk.position(chunk.start) >= plan.to) continue;
    if (chunk.position(chunk.end - 1) < plan.from) return;
    const count = rowsOf(chunk, plan, rows);
    if (count > 0) yield { chunk, rows, count };
  }
}

/** Writes the rows of the chunk that the plan takes to `rows`, ascending, and answers how many there are. */
export function rowsOf(chunk: Chunk, plan: Plan, rows: Uint16Array): number {
  if (chunk.minTimeMs >= plan.until || chunk.maxTimeMs < plan.since) return 0;
  const first = plan.from > 0 ? chunk.rowAt(plan.from) : chunk.start;
  const end = plan.to === Number.POSITIVE_INFINITY ? chunk.end : chunk.rowAt(plan.to);
  let count = plan.positions === undefined ? range(first, end, rows) : merged(chunk, first, end, plan.positions, rows);
  if (chunk.minTimeMs < plan.since || chunk.maxTimeMs >= plan.until) count = withinTime(chunk, plan, rows, count);
  for (const { column, mask } of plan.tests) {
    if (count === 0) return 0;
    count = narrowed(chunk.columns[column], mask, rows, count);
  }
  return count;
}

function range(first: number, end: number, rows: Uint16Array): number {
  for (let row = first; row < end; row++) rows[row - first] = row;
  return Math.max(0, end - first);
}

function merged(chunk: Chunk, first: number, end: number, positions: Float64Array, rows: Uint16Array): number {
  let count = 0;
  let at = lowerBound(positions, first < end ? chunk.position(first) : 0);
  for (let row = first; row < end && at < positions.length; row++) {
    const position = chunk.position(row);
    while ((positions[at] ?? Number.POSITIVE_INFINITY) < position) at++;
    if (positions[at] === position) rows[count++] = row;
  }
  return count;
}

function lowerBound(values: Float64Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withinTime({ timeMs }: Chunk, { since, until }: Plan, rows: Uint16Array, count: number): number {
  let kept = 0;
  for (let at = 0; at < count; at++) {
    const row = rows[at] ?? 0;
    const time = timeMs[row] ?? 0;
    if (time >= since && time < until) rows[kept++] = row;
  }
  return kept;
}

function narrowed(
  values: Uint8Array | Uint16Array | Uint32Array,
  mask: Uint8Array,
  rows: Uint16Array,
  count: number,
): number {
  let kept = 0;
  for (let at = 0; at < count; at++) {
    const row = rows[at] ?? 0;
    if (mask[values[row] ?? 0] === 1) rows[kept++] = row;
  }
  return kept;
}
