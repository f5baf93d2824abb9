import { everything, type Filter, filterQuery, readFilter } from './filter.ts';

export type View = 'alerts' | 'groups' | 'overview';

/** Where in the page one is: all of it stands in the address, so that back, forward and a link sent to others work. */
export interface Place {
  readonly filter: Filter;
  /** `overview` is a view of its own only where there is no room for it beside the list. */
  readonly view: View;
  /** What newest first means: `arrival`, or the event's `time`. */
  readonly order: 'arrival' | 'time';
  /** The id of the alert that is open. */
  readonly alert?: string;
}

export function readPlace(search: string): Place {
  const query = new URLSearchParams(search);
  const alert = query.get('alert');
  const view = query.get('view');
  return {
    filter: readFilter(query),
    view: view === 'groups' || view === 'overview' ? view : 'alerts',
    order: query.get('order') === 'time' ? 'time' : 'arrival',
    ...(alert ? { alert } : {}),
  };
}

export function placeAddress({ filter, view, order, alert }: Place): string {
  const query = filterQuery(filter);
  if (view !== 'alerts') query.set('view', view);
  if (order !== 'arrival') query.set('order', order);
  if (alert !== undefined) query.set('alert', alert);
  return query.size === 0 ? '/' : `/?${query.toString()}`;
}

export function closed({ filter, view, order }: Place): Place {
  return { filter, view, order };
}

/** Where one begins: all alerts, the last arrived first. */
export const home: Place = { filter: everything, view: 'alerts', order: 'arrival' };
