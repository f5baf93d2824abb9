import { everything, type FilterKey, filterKeys, isEverything, toggled, withRange } from '../place/filter.ts';
import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { countryName } from '../shown/country-name.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import { Icon } from '../shown/icon.tsx';
import { statusNames } from '../shown/status-mark.tsx';
import { rangeName } from './range-name.ts';
import './filter-chips.css';

const keyNames: Readonly<Record<FilterKey, string>> = {
  q: 'text',
  status: 'status',
  priority: 'priority',
  rule: 'rule',
  tag: 'tag',
  ip: 'client',
  country: 'country',
  city: 'city',
  asn: 'network',
  path: 'path',
  balancer: 'balancer',
  source: 'source',
  assignee: 'assignee',
};

/** What the page is narrowed down to; a click takes one away. */
export function FilterChips() {
  const { place } = useNavigation();
  const { filter } = place;
  if (isEverything(filter)) return null;
  const here = closed(place);
  return (
    <nav class="chips" aria-label="Filters">
      {(filter.since !== undefined || filter.until !== undefined) && (
        <PlaceLink class="chip" to={{ ...here, filter: withRange(filter, undefined, undefined) }}>
          <span class="chip-key">time</span> {rangeName(filter)}
          <Taken />
        </PlaceLink>
      )}
      {filterKeys.flatMap((key) =>
        (filter.values[key] ?? []).map((value) => (
          <PlaceLink key={`${key} ${value}`} class="chip" to={{ ...here, filter: toggled(filter, key, value) }}>
            <span class="chip-key">{keyNames[key]}</span> <ForeignText text={nameOf(key, value)} max={60} brief />
            <Taken />
          </PlaceLink>
        )),
      )}
      <PlaceLink class="chips-clear" to={{ ...here, filter: everything }}>
        Clear all
      </PlaceLink>
    </nav>
  );
}

function Taken() {
  return (
    <>
      <span class="unseen">, take away</span>
      <Icon name="close" />
    </>
  );
}

function nameOf(key: FilterKey, value: string): string {
  if (key === 'country') return countryName(value);
  if (key === 'city') return `${value.slice(3)}, ${countryName(value.slice(0, 2))}`;
  if (key === 'status' && value in statusNames) return statusNames[value as keyof typeof statusNames];
  if (key === 'asn') return /^\d+$/.test(value) ? `AS${value}` : value;
  return value;
}
