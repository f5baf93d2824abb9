/** Even, so that a result's two bits never stand in two words. */
const bitsPerWord = 30;

/** Where flag `index` stands: `h1` and its mask, for the words `h0`, `h1` … of the emitted code. */
export function bit(word: string, index: number): { word: string; mask: number } {
  return { word: `${word}${Math.floor(index / bitsPerWord)}`, mask: 1 << (index % bitsPerWord) };
}

/** The words that hold so many bits. */
export function wordNames(word: string, bits: number): string[] {
  return Array.from({ length: Math.ceil(bits / bitsPerWord) }, (_, n) => `${word}${n}`);
}
