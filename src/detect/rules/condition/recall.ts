import type { Scanner } from './scanner.ts';

/** Texts remembered at a time and how long they may be: some 100 kB a scanner. Shorter ones are scanned as fast. */
const maxTexts = 256;
const minTextLength = 24;
const maxTextLength = 400;

/** After so many texts it is decided whether remembering pays, and for how long the decision holds. */
const trial = 1_000;
const holdsFor = 100_000;

/**
 * A scanner that remembers what it found in recent texts, as long as most texts come again: user agents, ciphers and
 * host names do, paths do not. Looking a user agent of 109 bytes up took 0.1 µs where scanning it took 0.5 µs.
 */
export function recalling({ scan, found }: Scanner): Scanner {
  const results = new Map<string, Int32Array>();
  let seen = 0;
  let recalled = 0;
  let skip = 0;

  const scanAndKeep = (text: string): void => {
    scan(text);
    if (results.size >= maxTexts) results.clear();
    results.set(text, found.slice());
  };
  const judge = (): void => {
    if (recalled < seen * 0.8) {
      skip = holdsFor;
      results.clear();
    }
    seen = 0;
    recalled = 0;
  };
  return {
    found,
    scan: (text) => {
      if (skip > 0) {
        skip--;
        return scan(text);
      }
      if (text.length < minTextLength || text.length > maxTextLength) return scan(text);
      if (++seen > trial) judge();
      const result = results.get(text);
      if (result === undefined) return scanAndKeep(text);
      recalled++;
      for (let word = 0; word < found.length; word++) found[word] = result[word]!;
    },
  };
}
