import { priorities } from '../alert/priority.ts';
import type { AlertIndex, Place } from './alert-index.ts';
import type { Stats } from './answers.ts';
import { triageStatuses } from './status.ts';
import type { Column } from './chunk.ts';
import { type Plan, select, type Selected } from './select.ts';

const topSize = 10;
const maxPlaces = 500;
const maxBuckets = 120;

/** Bucket widths that a person reads easily. */
const widthsMs = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600_000),
  ...[1, 2, 7, 14, 30, 90, 365, 3650, 36_500].map((days) => days * 86_400_000),
];

/** The counts of everything that the plan takes. */
export function statsOf(index: AlertIndex, plan: Plan): Stats {
  const selections = selectionsOf(index, plan);
  const span = spanOf(selections, plan);
  const bucketMs = widthOf(span);
  const startMs = Math.floor(span.firstMs / bucketMs) * bucketMs;
  const bucketCount = span.count === 0 ? 0 : Math.floor((span.lastMs - startMs) / bucketMs) + 1;
  const timeline = new Uint32Array(bucketCount * priorities.length);
  const counted = countersOf(index);
  for (const { chunk, rows, count } of selections) {
    for (const [column, counts] of counted) {
      const values = chunk.columns[column];
      for (let at = 0; at < count; at++) {
        const value = values[rows[at] ?? 0] ?? 0;
        counts[value] = (counts[value] ?? 0) + 1;
      }
    }
    const { priority } = chunk.columns;
    const { timeMs } = chunk;
    for (let at = 0; at < count; at++) {
      const row = rows[at] ?? 0;
      const slot = Math.floor(((timeMs[row] ?? 0) - startMs) / bucketMs) * priorities.length + (priority[row] ?? 0);
      timeline[slot] = (timeline[slot] ?? 0) + 1;
    }
  }
  const of = (column: Column): Uint32Array => counted.get(column) ?? new Uint32Array();
  return {
    total: span.count,
    byStatus: named(triageStatuses, of('status')),
    byPriority: named(priorities, of('priority')),
    timeline: { bucketMs, buckets: bucketsOf(timeline, startMs, bucketMs) },
    top: {
      rules: top(of('rule'), (id) => ({ value: index.rules.text(id) })),
      clients: top(of('client'), (id) => ({ value: index.clients.text(id) })),
      asns: top(of('asn'), (id) => networkOf(index.networks.text(id))),
      countries: top(of('country'), (id) => countryOf(index, id)),
      paths: top(of('path'), (id) => ({ value: index.paths.text(id) })),
      balancers: top(of('balancer'), (id) => ({ value: index.balancers.text(id) })),
      tags: topTags(index, of('tags')),
      sources: top(of('source'), (id) => ({ value: index.sources.text(id) })),
    },
    places: placesOf(index, of('place')),
  };
}

/** Kept for two passes: the filter is the dearer half of each. Two bytes an alert. */
function selectionsOf(index: AlertIndex, plan: Plan): readonly Selected[] {
  const selections: Selected[] = [];
  for (const { chunk, rows, count } of select(index, plan))
    selections.push({ chunk, rows: rows.slice(0, count), count });
  return selections;
}

interface Span {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** From when to when, so that the buckets of the second pass fit what is there. */
function spanOf(selections: readonly Selected[], plan: Plan): Span {
  let total = 0;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { chunk, rows, count } of selections) {
    total += count;
    if (chunk.minTimeMs >= firstMs && chunk.maxTimeMs <= lastMs) continue;
    for (let at = 0; at < count; at++) {
      const time = chunk.timeMs[rows[at] ?? 0] ?? 0;
      if (time < firstMs) firstMs = time;
      if (time > lastMs) lastMs = time;
    }
  }
  if (total === 0) return { count: 0, firstMs: 0, lastMs: 0 };
  // A window that was asked for is drawn whole, its empty ends included.
  return {
    count: total,
    firstMs: Number.isFinite(plan.since) ? plan.since : firstMs,
    lastMs: Number.isFinite(plan.until) ? Math.max(lastMs, plan.until - 1) : lastMs,
  };
}

function widthOf({ firstMs, lastMs }: Span): number {
  return (
    widthsMs.find((width) => (lastMs - firstMs) / width < maxBuckets - 1) ??
    Math.ceil((lastMs - firstMs) / (maxBuckets - 2))
  );
}

function bucketsOf(timeline: Uint32Array, startMs: number, bucketMs: number): Stats['timeline']['buckets'] {
  return Array.from({ length: timeline.length / priorities.length }, (_, bucket) => {
    const counts: Partial<Record<(typeof priorities)[number], number>> = {};
    for (const [at, priority] of priorities.entries()) {
      const count = timeline[bucket * priorities.length + at] ?? 0;
      if (count > 0) counts[priority] = count;
    }
    return { time: startMs + bucket * bucketMs, counts };
  });
}

function countersOf(index: AlertIndex): Map<Column, Uint32Array> {
  const sizes: Readonly<Partial<Record<Column, number>>> = {
    status: triageStatuses.length,
    priority: priorities.length,
    rule: index.rules.size,
    source: index.sources.size,
    tags: index.tagSets.size,
    balancer: index.balancers.size,
    country: index.countries.size,
    place: index.places.size,
    asn: index.networks.size,
    client: index.clients.size,
    path: index.paths.size,
  };
  return new Map(Object.entries(sizes).map(([column, size]) => [column as Column, new Uint32Array(size)]));
}

function named<T extends string>(names: readonly T[], counts: Uint32Array): Record<T, number> {
  return Object.fromEntries(names.map((name, at) => [name, counts[at] ?? 0])) as Record<T, number>;
}

/** The numbers with the largest counts, number 0 (no value) left out. */
function largest(counts: Uint32Array, max: number): readonly number[] {
  let best: number[] = [];
  let least = 0;
  const trim = (): void => {
    best.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
    best = best.slice(0, max);
    if (best.length === max) least = counts[best.at(-1) ?? 0] ?? 0;
  };
  for (let id = 1; id < counts.length; id++) {
    if ((counts[id] ?? 0) <= least) continue;
    best.push(id);
    if (best.length >= 4 * max) trim();
  }
  trim();
  return best;
}

type Named = { readonly value: string; readonly label?: string };

function top(counts: Uint32Array, name: (id: number) => Named): Stats['top']['rules'] {
  return largest(counts, topSize).map((id) => ({ ...name(id), count: counts[id] ?? 0 }));
}

function topTags(index: AlertIndex, counts: Uint32Array): Stats['top']['tags'] {
  const tags = new Map<string, number>();
  for (const [id, count] of counts.entries()) {
    if (count === 0) continue;
    for (const tag of index.tagSets.text(id).split('\n')) if (tag !== '') tags.set(tag, (tags.get(tag) ?? 0) + count);
  }
  return [...tags]
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .slice(0, topSize)
    .map(([value, count]) => ({ value, count }));
}

function networkOf(text: string): Named {
  const [value = '', ...organisation] = text.split(' ');
  const label = organisation.join(' ');
  return label === '' ? { value } : { value, label };
}

function countryOf(index: AlertIndex, id: number): Named {
  const value = index.countries.text(id);
  const label = index.countryNames.get(value);
  return label === undefined ? { value } : { value, label };
}

function placesOf(index: AlertIndex, counts: Uint32Array): Stats['places'] {
  // Number 1 stands for places that found no room.
  return largest(counts, maxPlaces).flatMap((id) =>
    id === 1 ? [] : [{ ...(JSON.parse(index.places.text(id)) as Place), count: counts[id] ?? 0 }],
  );
}
