import type { AlertRow } from '../../triage/answers.ts';
import type { Place } from '../place/place.ts';

/**
 * The rows of a list with those that came in, where they belong by the list's order. `isWhole` is false when older rows were
 * not loaded yet: what belongs among those is left to their page.
 */
export function merged(
  rows: readonly AlertRow[],
  came: readonly AlertRow[],
  order: Place['order'],
  isWhole: boolean,
): readonly AlertRow[] {
  if (order === 'arrival') return [...came, ...rows];
  const last = rows.at(-1);
  const shown = came.filter((row) => isWhole || last === undefined || newestFirst(row, last) < 0);
  return [...shown, ...rows].sort(newestFirst);
}

function newestFirst(a: AlertRow, b: AlertRow): number {
  return Date.parse(b.time) - Date.parse(a.time) || b.position - a.position;
}
