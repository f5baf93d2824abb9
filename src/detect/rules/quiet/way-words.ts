/** Bits of an i32 of the memory. */
export interface Term {
  readonly at: number;
  readonly mask: number;
}

/** As the kernel reads them: where the i32 stands, and the bits. */
export function termWords(terms: readonly Term[]): readonly number[] {
  const masks = new Map<number, number>();
  for (const { at, mask } of terms) masks.set(at, (masks.get(at) ?? 0) | mask);
  return Array.from(masks, ([at, mask]) => [4 * at, mask]).flat();
}

/** The words with the number of their bytes before them. */
export function sized(words: readonly number[]): readonly number[] {
  return [4 + 4 * words.length, ...words];
}
