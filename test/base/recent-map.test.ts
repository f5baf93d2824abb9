import { describe, expect, it } from 'vitest';
import { RecentMap } from '../../src/base/recent-map.ts';

describe('a map of what was asked last', () => {
  it('works a value out once, undefined as well', () => {
    const asked: string[] = [];
    const map = new RecentMap<string, string | undefined>(10);
    const find = (key: string): string | undefined => {
      asked.push(key);
      return key === 'none' ? undefined : key.toUpperCase();
    };
    expect([map.get('a', find), map.get('a', find), map.get('none', find), map.get('none', find)]).toEqual([
      'A',
      'A',
      undefined,
      undefined,
    ]);
    expect(asked).toEqual(['a', 'none']);
  });

  it('keeps a key in use and forgets the others', () => {
    const asked = new Map<number, number>();
    const map = new RecentMap<number, number>(3);
    const find = (key: number): number => {
      asked.set(key, (asked.get(key) ?? 0) + 1);
      return key;
    };
    for (let n = 1; n <= 30; n++) {
      map.get(0, find);
      map.get(n, find);
    }
    map.get(1, find);
    expect(asked.get(0)).toBe(1);
    expect(asked.get(1)).toBe(2);
  });
});
