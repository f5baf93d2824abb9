import { expect, it } from 'vitest';
import { merged } from '../../src/page/alerts/sorted.ts';
import type { AlertRow } from '../../src/triage/answers.ts';

const row = (position: number, second: number): AlertRow => ({
  id: String(position),
  position,
  time: `2026-11-21T00:00:${String(second).padStart(2, '0')}.000000000Z`,
  rule: 'R',
  priority: 'Notice',
  source: 'awselb',
  tags: [],
  output: '',
  status: 'new',
});
const positions = (rows: readonly AlertRow[]): number[] => rows.map(({ position }) => position);

it('puts what came in on top, in the order of arrival', () => {
  expect(positions(merged([row(2, 50), row(1, 10)], [row(4, 5), row(3, 59)], 'arrival', false))).toEqual([4, 3, 2, 1]);
});

it('puts what came in where it happened, in the order of time', () => {
  const rows = [row(2, 50), row(1, 10)];
  const came = [row(5, 50), row(4, 5), row(3, 59)];
  expect(positions(merged(rows, came, 'time', true))).toEqual([3, 5, 2, 1, 4]);
  // What is older than all that was loaded comes with its page.
  expect(positions(merged(rows, came, 'time', false))).toEqual([3, 5, 2, 1]);
  expect(positions(merged([], came, 'time', false))).toEqual([3, 5, 4]);
});
