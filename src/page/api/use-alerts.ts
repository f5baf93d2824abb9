import { useCallback, useEffect, useReducer, useRef } from 'preact/hooks';
import type { AlertPage, AlertRow, TriageState } from '../../triage/answers.ts';
import { merged } from '../alerts/sorted.ts';
import type { Place } from '../place/place.ts';
import { type Failure, failureOf, request } from './request.ts';

/** The list of alerts as far as it was loaded, the newest first. */
interface AlertList {
  readonly rows: readonly AlertRow[];
  /** Came in while the list was paused. */
  readonly waiting: readonly AlertRow[];
  readonly next?: string | undefined;
  readonly loading: boolean;
  readonly failure?: Failure | undefined;
}

type Order = Place['order'];

type Step =
  | { readonly kind: 'loading'; readonly afresh: boolean }
  | { readonly kind: 'page'; readonly page: AlertPage; readonly afresh: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'came'; readonly rows: readonly AlertRow[]; readonly paused: boolean; readonly order: Order }
  | { readonly kind: 'let in'; readonly order: Order }
  | { readonly kind: 'decided'; readonly state: TriageState };

const pageRows = 100;

const empty: AlertList = { rows: [], waiting: [], loading: true };

export interface Alerts extends AlertList {
  loadMore(this: void): void;
  reload(this: void): void;
  /** New alerts, the oldest first. */
  came(this: void, rows: readonly AlertRow[], paused: boolean): void;
  /** Shows what waits. */
  letIn(this: void): void;
  decided(this: void, state: TriageState): void;
}

/** Loads the list for the filter that `query` writes, page by page. */
export function useAlerts(query: string | undefined, order: Place['order']): Alerts {
  const [list, step] = useReducer(stepped, empty);
  const gone = useRef<AbortController>(undefined);
  const load = useCallback(
    (cursor?: string) => {
      gone.current?.abort();
      if (query === undefined) return;
      const { signal } = (gone.current = new AbortController());
      const asked = new URLSearchParams(query);
      asked.set('limit', String(pageRows));
      asked.set('order', order);
      if (cursor !== undefined) asked.set('cursor', cursor);
      const afresh = cursor === undefined;
      step({ kind: 'loading', afresh });
      request<AlertPage>('GET', `/api/alerts?${asked.toString()}`, undefined, signal).then(
        (page) => step({ kind: 'page', page, afresh }),
        (error: unknown) => {
          if (!signal.aborted) step({ kind: 'failed', failure: failureOf(error) });
        },
      );
    },
    [query, order],
  );
  useEffect(() => {
    load();
    return () => gone.current?.abort();
  }, [load]);
  return {
    ...list,
    loadMore: () => {
      if (list.next !== undefined && !list.loading) load(list.next);
    },
    reload: () => load(),
    came: (rows, paused) => {
      // More than a page at once: loading is less than showing all of them.
      if (rows.length > pageRows && !paused) load();
      else step({ kind: 'came', rows, paused, order });
    },
    letIn: () => {
      if (list.waiting.length > pageRows) load();
      else step({ kind: 'let in', order });
    },
    decided: (state) => step({ kind: 'decided', state }),
  };
}

function stepped(list: AlertList, step: Step): AlertList {
  switch (step.kind) {
    case 'loading':
      return { ...list, loading: true };
    case 'page': {
      const { alerts, next } = step.page;
      const rows = step.afresh ? alerts : [...list.rows, ...unknown(alerts, list.rows)];
      return { rows, next, waiting: step.afresh ? [] : list.waiting, loading: false };
    }
    case 'failed':
      return { ...list, loading: false, failure: step.failure };
    case 'came': {
      const rows = unknown(step.rows, [...list.rows, ...list.waiting]).reverse();
      if (step.paused) return { ...list, waiting: [...rows, ...list.waiting] };
      return { ...list, rows: merged(list.rows, rows, step.order, list.next === undefined) };
    }
    case 'let in':
      return {
        ...list,
        rows: merged(list.rows, list.waiting, step.order, list.next === undefined),
        waiting: [],
      };
    case 'decided':
      return { ...list, rows: decidedIn(list.rows, step.state), waiting: decidedIn(list.waiting, step.state) };
  }
}

function unknown(rows: readonly AlertRow[], known: readonly AlertRow[]): AlertRow[] {
  const ids = new Set(known.map(({ id }) => id));
  return rows.filter(({ id }) => !ids.has(id));
}

function decidedIn(rows: readonly AlertRow[], { id, status, assignee }: TriageState): readonly AlertRow[] {
  if (!rows.some((row) => row.id === id)) return rows;
  return rows.map((row) => {
    if (row.id !== id) return row;
    const { assignee: _, ...rest } = row;
    return assignee === null ? { ...rest, status } : { ...rest, status, assignee };
  });
}
