import { expect, it } from 'vitest';
import { factsOf } from '../../src/triage/alert-facts.ts';
import { AlertIndex } from '../../src/triage/alert-index.ts';
import { newestFirst } from '../../src/triage/order.ts';
import { planOf } from '../../src/triage/select.ts';
import { anAlert } from '../support/alerts.ts';

const count = 3 * 16_384 + 100;
const startMs = Date.parse('2026-11-20T00:00:00Z');
const rules = ['A', 'B', 'C'];

/** Time of the n-th alert, by how it came. */
const arrivals: Readonly<Record<string, (n: number) => number>> = {
  'as they happened': (n) => startMs + Math.floor(n / 3),
  'the latest first': (n) => startMs + count - n,
  'from three sources at once, each in order': (n) => startMs + (n % 3) * 20_000 + Math.floor(n / 3),
  'in any order': (n) => startMs + ((n * 7919) % 10_007),
  'in any order over a hundred years': (n) => ((n * 7919) % 10_007) * 400_000_000,
};

function indexOf(timeOf: (n: number) => number): AlertIndex {
  const index = new AlertIndex();
  const facts = factsOf(anAlert(1));
  for (let n = 0; n < count; n++)
    index.append(
      n * 2 + 1,
      { ...facts, rule: rules[n % 7] ?? 'A', time: new Date(timeOf(n)).toISOString() },
      undefined,
    );
  return index;
}

it.each(Object.keys(arrivals))('goes through alerts that came %s by time, ties by arrival', (name) => {
  const timeOf = arrivals[name] ?? (() => 0);
  const index = indexOf(timeOf);
  const all = Array.from({ length: count }, (_, n) => ({ n, time: timeOf(n) }));
  for (const rule of [undefined, 'B']) {
    const plan = planOf(index, rule === undefined ? {} : { rule: [rule] }, {});
    const expected = all
      .filter(({ n }) => rule === undefined || (rules[n % 7] ?? 'A') === rule)
      .sort((a, b) => b.time - a.time || b.n - a.n)
      .map(({ n }) => n * 2 + 1);
    const found: number[] = [];
    for (const { chunk, row } of newestFirst(index, plan, 'time')) found.push(chunk.position(row));
    expect(found.length).toBe(expected.length);
    expect(found.findIndex((position, at) => position !== expected[at])).toBe(-1);
  }
});

it('sees what came since, and not what the retention took', () => {
  const index = indexOf(arrivals['in any order'] ?? (() => 0));
  const first = (): number => {
    for (const { chunk, row } of newestFirst(index, planOf(index, {}, {}), 'time')) return chunk.position(row);
    return -1;
  };
  first();
  const facts = { ...factsOf(anAlert(1)), time: '2026-11-22T00:00:00Z' };
  index.append(count * 2 + 1, facts, undefined);
  expect(first()).toBe(count * 2 + 1);
  index.removeBefore(count * 2 - 1);
  let left = 0;
  for (const _ of newestFirst(index, planOf(index, {}, {}), 'time')) left++;
  expect(left).toBe(2);
});
