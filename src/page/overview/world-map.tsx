import { useMemo } from 'preact/hooks';
import type { Stats } from '../../triage/answers.ts';
import { cityValue, has, toggled } from '../place/filter.ts';
import { closed } from '../place/place.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { count, plural } from '../shown/count.ts';
import { countryName } from '../shown/country-name.ts';
import { countries, isSmall, mapHeight, mapWidth, middleOf, onMap } from './world.ts';
import './world-map.css';

type Place = Stats['places'][number];

interface Dot {
  readonly place: Place;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Where the clients are: countries the darker the more alerts, a dot for each city, or for what is too small to be seen. All are links that filter. */
export function WorldMap({ places }: { readonly places: Stats['places'] }) {
  const { place: here } = useNavigation();
  const perCountry = useMemo(() => sums(places), [places]);
  const dots = useMemo(() => dotsOf(places), [places]);
  const most = Math.max(1, ...perCountry.values());
  const to = (key: 'country' | 'city', value: string) => ({
    ...closed(here),
    filter: toggled(here.filter, key, value),
  });
  return (
    <section class="world" aria-label="Map of clients">
      <svg viewBox={`0 0 ${mapWidth} ${mapHeight}`} role="group" aria-label={summary(perCountry)}>
        {countries.map(({ letters, path }) => {
          const alerts = letters === undefined ? 0 : (perCountry.get(letters) ?? 0);
          if (letters === undefined || alerts === 0) return <path key={path} class="land" d={path} />;
          const chosen = has(here.filter, 'country', letters);
          return (
            // The list of countries has the same links for the keyboard.
            <PlaceLink
              key={path}
              to={to('country', letters)}
              tabIndex={-1}
              aria-label={said(letters, alerts)}
              data-country={letters}
            >
              <path class={`land shade-${shade(alerts, most)}${chosen ? ' chosen' : ''}`} d={path}>
                <title>{said(letters, alerts)}</title>
              </path>
            </PlaceLink>
          );
        })}
        {dots.map(({ place: { country, city, count: alerts }, x, y, radius }) => {
          const [key, value] =
            city === undefined ? (['country', country] as const) : (['city', cityValue(country, city)] as const);
          const chosen = has(here.filter, key, value);
          return (
            <PlaceLink
              key={`${value} ${x} ${y}`}
              to={to(key, value)}
              tabIndex={-1}
              aria-label={said(country, alerts, city)}
              data-country={country}
              data-city={city}
            >
              <circle class={`dot${chosen ? ' chosen' : ''}`} cx={x} cy={y} r={radius}>
                <title>{said(country, alerts, city)}</title>
              </circle>
            </PlaceLink>
          );
        })}
      </svg>
      {perCountry.size === 0 && <p class="world-nothing">No alert tells where its client is.</p>}
    </section>
  );
}

function sums(places: readonly Place[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const { country, count } of places) sum.set(country, (sum.get(country) ?? 0) + count);
  return sum;
}

/** The largest first, so that small ones lie on top. Countries with a shape and no city need no dot. */
function dotsOf(places: readonly Place[]): readonly Dot[] {
  const most = Math.max(1, ...places.map(({ count }) => count));
  return places
    .filter(({ country, latitude }) => latitude !== undefined || isSmall(country))
    .flatMap((place) => {
      const { latitude, longitude } = place;
      const point =
        latitude === undefined || longitude === undefined ? middleOf(place.country) : ([longitude, latitude] as const);
      const at = point && onMap(point);
      return at ? [{ place, x: at[0], y: at[1], radius: 7 + 17 * Math.sqrt(place.count / most) }] : [];
    })
    .sort((a, b) => b.radius - a.radius);
}

/** 1 to 5 on a logarithmic scale: one country often has more than all others together. */
function shade(alerts: number, most: number): number {
  return most <= 1 ? 5 : 1 + Math.round((4 * Math.log(alerts)) / Math.log(most));
}

function said(country: string, alerts: number, city?: string): string {
  return `${city === undefined ? '' : `${city}, `}${countryName(country)}: ${plural(alerts, 'alert')}`;
}

function summary(perCountry: ReadonlyMap<string, number>): string {
  const first = [...perCountry].sort((a, b) => b[1] - a[1]).slice(0, 3);
  const named = first.map(([country, alerts]) => `${countryName(country)} ${count(alerts)}`).join(', ');
  return `World map: clients in ${plural(perCountry.size, 'country', 'countries')}${named && `; most in ${named}`}`;
}
