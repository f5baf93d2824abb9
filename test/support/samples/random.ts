/** A seeded source of chance: the same seed always tells the same story, so the committed samples can be compared. */
export interface Chance {
  /** A whole number from `low` to `high`, both possible. */
  between(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  /** True in `percent` of 100 cases. */
  percent(percent: number): boolean;
  /** Lower-case hex digits. */
  hex(digits: number): string;
  /** One of the choices, in proportion to its weight. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
}

/** mulberry32, a public-domain generator of 32-bit numbers. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const chance: Chance = {
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (choices) => {
      const choice = choices[Math.floor(next() * choices.length)];
      if (choice === undefined) throw new Error('nothing to pick from');
      return choice;
    },
    percent: (percent) => next() * 100 < percent,
    hex: (digits) => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join(''),
    weighted: (choices) => {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, choice] of choices) {
        left -= weight;
        if (left < 0) return choice;
      }
      throw new Error('nothing to pick from');
    },
  };
  return chance;
}
