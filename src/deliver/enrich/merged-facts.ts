import type { Fields } from '../../alert/alert.ts';

/** So many results are remembered; then it begins anew. */
const maxRemembered = 4_096;

/**
 * Merges facts, the second over the first, and answers with the same object for the same two: alerts of one balancer from
 * one country share all their facts, so that who writes them down (store/record.ts) can remember the text.
 */
export function createMerger(): (first: Fields, second: Fields) => Fields {
  let known = new Map<Fields, Map<Fields, Fields>>();
  let remembered = 0;
  return (first, second) => {
    let ofFirst = known.get(first);
    const before = ofFirst?.get(second);
    if (before !== undefined) return before;
    if (remembered === maxRemembered) {
      known = new Map();
      remembered = 0;
      ofFirst = undefined;
    }
    if (ofFirst === undefined) {
      ofFirst = new Map();
      known.set(first, ofFirst);
    }
    const merged = { ...first, ...second };
    ofFirst.set(second, merged);
    remembered++;
    return merged;
  };
}
