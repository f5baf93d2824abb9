import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  everything,
  filterKeys,
  filterQuery,
  has,
  isEverything,
  only,
  readFilter,
  toggled,
  withRange,
} from '../../src/page/place/filter.ts';
import { placeAddress, readPlace } from '../../src/page/place/place.ts';

const word = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });

describe('a filter', () => {
  it('comes back from the address as it was, whatever its values say', () => {
    const values = fc.dictionary(fc.constantFrom(...filterKeys), fc.uniqueArray(word, { minLength: 1, maxLength: 3 }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(values, fc.option(word), (values, alert) => {
        const place = {
          filter: { values },
          view: 'groups' as const,
          order: 'time' as const,
          ...(alert === null ? {} : { alert }),
        };
        expect(readPlace(placeAddress(place).slice(1))).toEqual(place);
      }),
    );
  });

  it('takes a value in and out again', () => {
    const one = toggled(everything, 'country', 'VN');
    const two = toggled(one, 'country', 'NL');
    expect(filterQuery(two).toString()).toBe('country=VN&country=NL');
    expect([has(two, 'country', 'VN'), has(two, 'rule', 'VN')]).toEqual([true, false]);
    expect(isEverything(toggled(toggled(two, 'country', 'NL'), 'country', 'VN'))).toBe(true);
  });

  it('holds a range of time beside its values, and loses it alone', () => {
    const ranged = withRange(only(everything, 'rule', ['R']), '24h', undefined);
    expect(filterQuery(ranged).toString()).toBe('since=24h&rule=R');
    expect(filterQuery(withRange(ranged, undefined, undefined)).toString()).toBe('rule=R');
  });

  it('knows priorities however they are written', () => {
    const read = readFilter(new URLSearchParams('priority=critical&priority=Critical&priority=ERROR&rule=error'));
    expect(read.values).toEqual({ priority: ['Critical', 'Error'], rule: ['error'] });
  });

  it('reads nothing that it does not know, nothing twice and nothing empty', () => {
    expect(readFilter(new URLSearchParams('rule=R&rule=R&rule=&limit=9&since=&alert=1'))).toEqual({
      values: { rule: ['R'] },
    });
  });
});
