import type { Scanner } from './scanner.ts';

/** Texts remembered at a time (a power of two) and how long they may be. Shorter ones are scanned as fast. */
const slots = 512;
const minTextLength = 24;
const maxTextLength = 400;

/** After so many texts it is decided whether remembering pays, and for how many the decision holds. */
const trial = 1_000;
const holdsFor = 100_000;

/**
 * A scanner that remembers what it found in recent texts, as long as most texts come again: user agents, ciphers and
 * host names do, paths do not. A user agent of 109 bytes took 0.5 µs to scan and takes 0.1 µs to recall; a Map, which
 * hashes the whole text, took 0.25 µs. Each text has one slot: a newer text with the same slot takes its place.
 */
export function recalling({ scan, found }: Scanner): Scanner {
  const words = found.length;
  const texts = Array<string>(slots).fill('');
  const results = new Int32Array(slots * words);
  let seen = 0;
  let recalled = 0;
  let skip = 0;

  const judge = (): void => {
    if (recalled < seen * 0.8) {
      skip = holdsFor;
      texts.fill('');
    }
    seen = 0;
    recalled = 0;
  };
  const recall = (text: string): void => {
    const slot = slotOf(text);
    const first = slot * words;
    if (texts[slot] === text) {
      recalled++;
      for (let word = 0; word < words; word++) found[word] = results[first + word]!;
      return;
    }
    scan(text);
    texts[slot] = text;
    results.set(found, first);
  };
  return {
    found,
    scan: (text) => {
      if (skip > 0) {
        skip--;
        scan(text);
      } else if (text.length < minTextLength || text.length > maxTextLength) {
        scan(text);
      } else {
        if (++seen > trial) judge();
        recall(text);
      }
    },
  };
}

/** From the length and a few bytes where user agents differ: the middle, the quarters, the version at the end. */
function slotOf(text: string): number {
  const { length } = text;
  const byte = (at: number): number => text.charCodeAt(at);
  const mixed =
    length * 37 + byte(length >> 1) * 101 + byte(length >> 2) * 7 + byte(length - 8) * 17 + byte(length - 2) * 61;
  return mixed & (slots - 1);
}
