/**
 * Remembers what was worked out for the keys asked for last. When a generation is full the one before it is forgotten, so
 * at most twice `generationSize` entries are held and a key in use is never dropped; cheaper than ordering every use.
 */
export class RecentMap<K, V> {
  readonly #generationSize: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(generationSize: number) {
    this.#generationSize = generationSize;
  }

  /** The value of `key`, worked out by `find` where it is not remembered. */
  get(key: K, find: (key: K) => V): V {
    const known = this.#young.get(key);
    if (known !== undefined || this.#young.has(key)) return known as V;
    const value = this.#old.has(key) ? (this.#old.get(key) as V) : find(key);
    this.set(key, value);
    return value;
  }

  /** The value, where it is remembered. */
  recall(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
