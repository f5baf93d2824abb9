import { geoOrthographic, geoPath } from 'd3-geo';
import { useMemo } from 'preact/hooks';
import { countries, middleOf } from '../overview/world.ts';

interface GlobeProps {
  readonly country: string | undefined;
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
}

const size = 132;

/** The side of the earth that the client is on. A dot only where the databases give coordinates; else the country alone. */
export function Globe({ country, latitude, longitude }: GlobeProps) {
  const drawn = useMemo(() => {
    const known = latitude !== undefined && longitude !== undefined;
    const middle = known ? ([longitude, latitude] as const) : country && middleOf(country);
    if (!middle) return undefined;
    const projection = geoOrthographic()
      .rotate([-middle[0], -middle[1]])
      .fitExtent(
        [
          [1, 1],
          [size - 1, size - 1],
        ],
        { type: 'Sphere' },
      );
    const draw = geoPath(projection).digits(1);
    const shapes = countries.map(({ letters, shape }) => ({ here: letters === country, path: draw(shape) ?? '' }));
    return {
      sea: draw({ type: 'Sphere' }) ?? '',
      land: shapes.filter(({ here }) => !here).map(({ path }) => path),
      here: shapes.filter(({ here }) => here).map(({ path }) => path),
      dot: known ? projection([middle[0], middle[1]]) : null,
    };
  }, [country, latitude, longitude]);
  if (drawn === undefined) return null;
  return (
    <svg class="globe" viewBox={`0 0 ${size} ${size}`} aria-hidden="true">
      <path class="globe-sea" d={drawn.sea} />
      <path class="globe-land" d={drawn.land.join('')} />
      <path class="globe-here" d={drawn.here.join('')} />
      {drawn.dot && <circle class="globe-dot" cx={drawn.dot[0]} cy={drawn.dot[1]} r="4.5" />}
    </svg>
  );
}
