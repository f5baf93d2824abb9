import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { lettersOf } from '../../src/page/overview/iso-numbers.ts';
import { smallCountries } from '../../src/page/overview/small-countries.ts';

interface Atlas {
  readonly objects: {
    readonly countries: { readonly geometries: readonly { id?: string; properties: { name: string } }[] };
  };
}

const path = createRequire(import.meta.url).resolve('world-atlas/countries-110m.json');
const shapes = (JSON.parse(readFileSync(path, 'utf8')) as Atlas).objects.countries.geometries;
const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** The first letters, to compare by: atlas and ICU write some differently. */
const first = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .slice(0, 4);

describe('the countries of the map', () => {
  it('have letters, all but three that ISO 3166 does not list', () => {
    const without = shapes.filter(({ id }) => id === undefined || !lettersOf.has(id));
    expect(without.map(({ properties }) => properties.name).sort()).toEqual(['Kosovo', 'N. Cyprus', 'Somaliland']);
  });

  it('are the ones that their letters name', () => {
    const differing = shapes.flatMap(({ id = '', properties: { name } }) => {
      const letters = lettersOf.get(id);
      return letters === undefined || first(names.of(letters) ?? '') === first(name) ? [] : [`${letters} ${name}`];
    });
    // The atlas abbreviates these, or has an older name.
    expect(differing.sort()).toEqual([
      'CD Dem. Rep. Congo',
      'EH W. Sahara',
      'GQ Eq. Guinea',
      'MK Macedonia',
      'SS S. Sudan',
      'TF Fr. S. Antarctic Lands',
    ]);
  });

  it('that are too small for a shape are known countries without one', () => {
    const drawn = new Set(lettersOf.values());
    for (const [letters, [longitude, latitude]] of Object.entries(smallCountries)) {
      expect(names.of(letters)).toBeDefined();
      expect(drawn.has(letters)).toBe(false);
      expect(Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90).toBe(true);
    }
  });
});
