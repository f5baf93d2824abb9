/** The number of what has no value. */
export const none = 0;
/** The number of every text that a full dictionary did not take. */
export const others = 1;
const othersText = '(other)';

/** Texts as numbers, in the order in which they were first seen. Bounded: what does not fit any more becomes `others`. */
export class Dictionary {
  readonly #max: number;
  readonly #maxChars: number;
  #ids = new Map<string, number>([[othersText, others]]);
  #texts = ['', othersText];
  #chars = 0;
  #refused = 0;

  constructor(max: number, maxChars = Number.POSITIVE_INFINITY) {
    this.#max = max;
    this.#maxChars = maxChars;
  }

  /** Numbers run from 0 to `size` − 1. */
  get size(): number {
    return this.#texts.length;
  }

  /** How many texts did not fit since it was made. */
  get refused(): number {
    return this.#refused;
  }

  add(text: string | undefined): number {
    if (text === undefined) return none;
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length >= this.#max || this.#chars + text.length > this.#maxChars) {
      this.#refused++;
      return others;
    }
    const id = this.#texts.length;
    this.#ids.set(text, id);
    this.#texts.push(text);
    this.#chars += text.length;
    return id;
  }

  /** The texts from number `from` on, in order: adding them to a dictionary that ends there gives them their numbers again. */
  textsFrom(from: number): readonly string[] {
    return this.#texts.slice(from);
  }

  find(text: string): number | undefined {
    return this.#ids.get(text);
  }

  text(id: number): string {
    return this.#texts[id] ?? '';
  }

  /** For each number whether `accepts` takes its text. */
  mask(accepts: (text: string) => boolean): Uint8Array {
    const mask = new Uint8Array(this.#texts.length);
    for (let id = others; id < mask.length; id++) if (accepts(this.#texts[id] ?? '')) mask[id] = 1;
    return mask;
  }
}
