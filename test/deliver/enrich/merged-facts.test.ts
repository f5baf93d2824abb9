import { describe, expect, it } from 'vitest';
import { createMerger } from '../../../src/deliver/enrich/merged-facts.ts';

describe('merged facts', () => {
  it('are the second over the first', () => {
    const merged = createMerger();
    expect(merged({ 'geoip.a': 1, 'geoip.b': 2 }, { 'geoip.b': 3, 'elb.c': 4 })).toEqual({
      'geoip.a': 1,
      'geoip.b': 3,
      'elb.c': 4,
    });
  });

  it('are the same object for the same two, and another for others', () => {
    const merged = createMerger();
    const [one, other] = [{ 'geoip.a': 1 }, { 'elb.a': 1 }];
    expect(merged(one, other)).toBe(merged(one, other));
    expect(merged(one, { ...other })).not.toBe(merged(one, other));
    expect(merged(other, one)).toEqual({ 'elb.a': 1, 'geoip.a': 1 });
  });

  it('are forgotten past 4,096', () => {
    const merged = createMerger();
    const [one, other] = [{ 'geoip.a': 1 }, { 'elb.a': 1 }];
    const first = merged(one, other);
    for (let n = 0; n < 4_095; n++) merged(one, { 'elb.a': n });
    expect(merged(one, other)).toBe(first);
    merged(one, { 'elb.a': 'one more' });
    expect(merged(one, other)).not.toBe(first);
  });
});
