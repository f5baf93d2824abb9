import type { Stats } from '../../triage/answers.ts';
import { type FilterKey, has, toggled } from '../place/filter.ts';
import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { shortCount } from '../shown/count.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import './top-list.css';

interface TopListProps {
  readonly title: string;
  readonly filterKey: FilterKey;
  readonly values: Stats['top']['rules'];
  readonly total: number;
  /** Addresses and paths, which are read letter by letter. */
  readonly mono?: boolean;
}

/** What is most frequent among the alerts shown; each a link that filters for it, or no longer. */
export function TopList({ title, filterKey, values, total, mono = false }: TopListProps) {
  const { place } = useNavigation();
  if (values.length === 0) return null;
  return (
    <section class="top-list">
      <h3>{title}</h3>
      <ol>
        {values.map(({ value, label, count }) => {
          const chosen = has(place.filter, filterKey, value);
          return (
            <li key={value}>
              <PlaceLink
                to={{ ...closed(place), filter: toggled(place.filter, filterKey, value) }}
                class={chosen ? 'top-value chosen' : 'top-value'}
                aria-current={chosen ? 'true' : undefined}
              >
                <span class={mono ? 'top-name mono' : 'top-name'}>
                  <ForeignText text={label ?? value} max={80} brief />
                </span>
                <span class="top-count">
                  {shortCount(count)}
                  <span class="unseen"> alerts</span>
                </span>
                <progress max={Math.max(1, total)} value={count} aria-hidden="true" />
              </PlaceLink>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
