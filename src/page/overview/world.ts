import { geoEqualEarth, geoPath } from 'd3-geo';
import type { Feature } from 'geojson';
import { feature } from 'topojson-client';
import atlas from 'world-atlas/countries-110m.json';
import { lettersOf } from './iso-numbers.ts';
import { smallCountries } from './small-countries.ts';

export interface Country {
  /** ISO 3166-1; absent where there is none, as of Northern Cyprus. */
  readonly letters?: string;
  readonly shape: Feature;
  /** The shape on the flat map, for `<path d>`. */
  readonly path: string;
}

/** The flat map's size in its own units. */
export const mapWidth = 960;
export const mapHeight = 450;

const antarctica = '010';
const shapes = feature(atlas, atlas.objects.countries).features.filter(({ id }) => id !== antarctica);

const projection = geoEqualEarth().fitSize([mapWidth, mapHeight], { type: 'FeatureCollection', features: shapes });
const draw = geoPath(projection).digits(1);

/** Every country of the atlas but Antarctica, which has no clients and takes a quarter of the map. */
export const countries: readonly Country[] = shapes.map((shape) => {
  const letters = lettersOf.get(String(shape.id)) ?? (shape.properties.name === 'Kosovo' ? 'XK' : undefined);
  return { shape, path: draw(shape) ?? '', ...(letters === undefined ? {} : { letters }) };
});

const byLetters = new Map(countries.map((country) => [country.letters, country]));

/** Where a country's dot goes: in the middle of its largest part. Longitude and latitude. */
export function middleOf(letters: string): readonly [number, number] | undefined {
  const small = smallCountries[letters];
  if (small !== undefined) return small;
  const country = byLetters.get(letters);
  return country === undefined ? undefined : geoMiddle(country.shape);
}

export function isSmall(letters: string): boolean {
  return letters in smallCountries;
}

/** A point of the flat map. */
export function onMap(place: readonly [number, number]): readonly [number, number] | undefined {
  return projection([place[0], place[1]]) ?? undefined;
}

function geoMiddle({ geometry }: Feature): [number, number] {
  const polygons = geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  const area = geoPath();
  const largest = polygons
    .map((coordinates) => ({ type: 'Polygon' as const, coordinates }))
    .sort((a, b) => area.area(b) - area.area(a))[0];
  return area.centroid(largest ?? geometry);
}
