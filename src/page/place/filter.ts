import { priorities } from '../../alert/priority.ts';

/** What a filter may ask for by value, in the order chips are shown; the API's own parameter names. */
export const filterKeys = [
  'q',
  'status',
  'priority',
  'rule',
  'tag',
  'ip',
  'country',
  'city',
  'asn',
  'path',
  'balancer',
  'source',
  'assignee',
] as const;

export type FilterKey = (typeof filterKeys)[number];

/** Which alerts the page shows. Values of one key are alternatives; different keys must all hold. */
export interface Filter {
  /** RFC 3339, epoch milliseconds or a duration back from now, as the API takes them. */
  readonly since?: string;
  readonly until?: string;
  readonly values: Readonly<Partial<Record<FilterKey, readonly string[]>>>;
}

export const everything: Filter = { values: {} };

export function isEverything(filter: Filter): boolean {
  return filterQuery(filter).size === 0;
}

export function readFilter(query: URLSearchParams): Filter {
  const values: Partial<Record<FilterKey, string[]>> = {};
  for (const key of filterKeys) {
    const given = [
      ...new Set(
        query
          .getAll(key)
          .filter((value) => value !== '')
          .map((value) => proper(key, value)),
      ),
    ];
    if (given.length > 0) values[key] = given;
  }
  return withRange({ values }, query.get('since') ?? undefined, query.get('until') ?? undefined);
}

/** Priorities as alerts have them: links that people write say `critical` too. */
function proper(key: FilterKey, value: string): string {
  if (key !== 'priority') return value;
  return priorities.find((priority) => priority.toLowerCase() === value.toLowerCase()) ?? value;
}

/** The filter as the query of an API call, and as the part of the page's own address that others can be sent. */
export function filterQuery(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  if (filter.since) query.set('since', filter.since);
  if (filter.until) query.set('until', filter.until);
  for (const key of filterKeys) for (const value of filter.values[key] ?? []) query.append(key, value);
  return query;
}

/** A city as the filter `city` names it. */
export function cityValue(country: string, city: string): string {
  return `${country} ${city}`;
}

export function has(filter: Filter, key: FilterKey, value: string): boolean {
  return filter.values[key]?.includes(value) ?? false;
}

/** With the value asked for, or no longer asked for where it was. */
export function toggled(filter: Filter, key: FilterKey, value: string): Filter {
  const old = filter.values[key] ?? [];
  const now = old.includes(value) ? old.filter((one) => one !== value) : [...old, value];
  return only(filter, key, now);
}

/** With these alternatives of the key and no others. */
export function only(filter: Filter, key: FilterKey, values: readonly string[]): Filter {
  const { [key]: _, ...rest } = filter.values;
  return { ...filter, values: values.length === 0 ? rest : { ...rest, [key]: values } };
}

export function withRange({ values }: Filter, since: string | undefined, until: string | undefined): Filter {
  return { values, ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

/** The filter as the body of an API call has it. */
export function filterBody({ since, until, values }: Filter): Readonly<Record<string, unknown>> {
  return { ...(since ? { since } : {}), ...(until ? { until } : {}), ...values };
}
