import ipaddr from 'ipaddr.js';

/**
 * Addresses as numbers from 1; 0 is none. In typed arrays, 16 bytes an address and 4 to 8 of the hash table, since a
 * scan from everywhere brings as many addresses as alerts, and a Map of texts takes six times that. IPv4 stands as
 * IPv4-mapped IPv6.
 */
export class AddressTable {
  #words = new Uint32Array(4 * 1024);
  #slots = new Uint32Array(2048);
  #size = 1;
  // Alerts come in runs of one client.
  #lastText = '';
  #lastId = 0;

  get size(): number {
    return this.#size;
  }

  /** 0 for what is no address. */
  add(text: string | undefined): number {
    if (text === undefined) return 0;
    if (text === this.#lastText) return this.#lastId;
    const words = wordsOf(text);
    this.#lastId = words === undefined ? 0 : this.#add(words);
    this.#lastText = text;
    return this.#lastId;
  }

  /** The addresses from number `from` on, as `restore` takes them. */
  bytesFrom(from: number): Uint8Array {
    const words = this.#words.slice(4 * from, 4 * this.#size);
    return new Uint8Array(words.buffer);
  }

  /** Adds addresses in the order in which `bytesFrom` gave them. */
  restore(bytes: Uint8Array): void {
    const words = new Uint32Array(bytes.slice().buffer);
    for (let at = 0; at < words.length; at += 4)
      this.#add([words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0]);
  }

  find(text: string): number | undefined {
    const words = wordsOf(text);
    if (words === undefined) return undefined;
    const id = this.#slots[this.#slotOf(words)] ?? 0;
    return id === 0 ? undefined : id;
  }

  text(id: number): string {
    const at = 4 * id;
    const words = this.#words.subarray(at, at + 4);
    if (id === 0) return '';
    if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) {
      const v4 = words[3] ?? 0;
      return `${v4 >>> 24}.${(v4 >>> 16) & 255}.${(v4 >>> 8) & 255}.${v4 & 255}`;
    }
    const parts = [...words].flatMap((word) => [word >>> 16, word & 0xffff]);
    return new ipaddr.IPv6(parts).toRFC5952String();
  }

  /** For each number whether one of the networks (addresses, CIDRs) holds its address. */
  mask(networks: readonly string[]): Uint8Array {
    const mask = new Uint8Array(this.#size);
    for (const network of networks) {
      const [start = '', length] = network.split('/');
      const words = wordsOf(start);
      if (words === undefined) continue;
      const bits = length === undefined ? 128 : Number(length) + (start.includes(':') ? 0 : 96);
      this.#markAll(mask, words, bits);
    }
    return mask;
  }

  #markAll(mask: Uint8Array, words: Words, bits: number): void {
    const masks = [0, 1, 2, 3].map((word) => maskOf(bits - 32 * word));
    const [m0 = 0, m1 = 0, m2 = 0, m3 = 0] = masks;
    const [w0, w1, w2, w3] = [words[0] & m0, words[1] & m1, words[2] & m2, words[3] & m3];
    const all = this.#words;
    for (let id = 1, at = 4; id < this.#size; id++, at += 4) {
      if (((all[at + 3] ?? 0) & m3) !== w3 || ((all[at + 2] ?? 0) & m2) !== w2) continue;
      if (((all[at + 1] ?? 0) & m1) === w1 && ((all[at] ?? 0) & m0) === w0) mask[id] = 1;
    }
  }

  #add(words: Words): number {
    const slot = this.#slotOf(words);
    const known = this.#slots[slot] ?? 0;
    if (known !== 0) return known;
    const id = this.#size++;
    if (4 * id + 4 > this.#words.length) {
      const grown = new Uint32Array(Math.ceil(this.#words.length * 1.5));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words.set(words, 4 * id);
    this.#slots[slot] = id;
    if (this.#size * 1.5 > this.#slots.length) this.#rehash();
    return id;
  }

  /** The slot that has the address, or the empty one where it would stand. */
  #slotOf([w0, w1, w2, w3]: Words): number {
    const last = this.#slots.length - 1;
    let hash = Math.imul(w0 ^ Math.imul(w1, 0x85ebca6b) ^ Math.imul(w2, 0xc2b2ae35), 0x27d4eb2f) ^ w3;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    let slot = (hash ^ (hash >>> 16)) & last;
    for (;;) {
      const id = this.#slots[slot] ?? 0;
      if (id === 0) return slot;
      const at = 4 * id;
      const all = this.#words;
      if (all[at + 3] === w3 && all[at + 2] === w2 && all[at + 1] === w1 && all[at] === w0) return slot;
      slot = (slot + 1) & last;
    }
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let id = 1; id < this.#size; id++) {
      const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = this.#words.subarray(4 * id, 4 * id + 4);
      this.#slots[this.#slotOf([w0, w1, w2, w3])] = id;
    }
  }
}

type Words = readonly [number, number, number, number];

const v4Shape = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function wordsOf(text: string): Words | undefined {
  const v4 = v4Shape.exec(text);
  if (v4 !== null) {
    const [a, b, c, d] = [Number(v4[1]), Number(v4[2]), Number(v4[3]), Number(v4[4])];
    return a < 256 && b < 256 && c < 256 && d < 256
      ? [0, 0, 0xffff, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0]
      : undefined;
  }
  const bare = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined;
  const { parts } = ipaddr.IPv6.parse(bare);
  const word = (index: number): number => (((parts[index] ?? 0) << 16) | (parts[index + 1] ?? 0)) >>> 0;
  return [word(0), word(2), word(4), word(6)];
}

/** 32 bits of which the first `bits` are set. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits);
}
