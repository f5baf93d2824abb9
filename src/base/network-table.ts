import ipaddr from 'ipaddr.js';

type Tables<V> = Map<number, Map<bigint, V>>;

/**
 * Values by network. `find` gives that of the smallest network around an address: one look for each prefix length that
 * occurs, so it does not matter how many networks there are.
 */
export class NetworkTable<V> {
  readonly #v4: Tables<V> = new Map();
  readonly #v6: Tables<V> = new Map();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `network` is a CIDR or an address alone; throws an Error that quotes anything else. A repeated network takes the new value. */
  add(network: string, value: V): void {
    const [address, bits] = parseNetwork(network);
    const tables = address.kind() === 'ipv4' ? this.#v4 : this.#v6;
    const table = tables.get(bits) ?? new Map<bigint, V>();
    tables.set(bits, table);
    const key = prefixOf(toBigInt(address), bits, widthOf(address));
    if (!table.has(key)) this.#size++;
    table.set(key, value);
  }

  /** The value of the smallest network that holds `address`; undefined where none does or the text is no address. */
  find(address: string): V | undefined {
    const parsed = parseAddress(address);
    if (parsed === undefined) return undefined;
    const number = toBigInt(parsed);
    const width = widthOf(parsed);
    let best: V | undefined;
    let bestBits = -1;
    for (const [bits, table] of parsed.kind() === 'ipv4' ? this.#v4 : this.#v6) {
      if (bits <= bestBits) continue;
      const value = table.get(prefixOf(number, bits, width));
      if (value !== undefined) [best, bestBits] = [value, bits];
    }
    return best;
  }
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** IPv4-mapped IPv6 counts as IPv4: a socket that listens on both families reports it so. */
function parseAddress(text: string): Address | undefined {
  const bare = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  const valid = bare.includes(':') ? ipaddr.IPv6.isValid(bare) : ipaddr.IPv4.isValidFourPartDecimal(bare);
  return valid ? ipaddr.process(bare) : undefined;
}

function parseNetwork(text: string): [Address, number] {
  const [start = '', length, ...rest] = text.split('/');
  const address = parseAddress(start);
  const bits = length === undefined && address !== undefined ? widthOf(address) : Number(length);
  const readable = length === undefined || /^\d{1,3}$/.test(length);
  if (address === undefined || rest.length > 0 || !readable || bits > widthOf(address)) {
    throw new Error(
      `${JSON.stringify(text.slice(0, 60))} is no network: write an address or a CIDR such as 192.0.2.0/24`,
    );
  }
  return [address, bits];
}

function widthOf(address: Address): number {
  return address.kind() === 'ipv4' ? 32 : 128;
}

function toBigInt(address: Address): bigint {
  return BigInt(`0x${Buffer.from(address.toByteArray()).toString('hex')}`);
}

function prefixOf(number: bigint, bits: number, width: number): bigint {
  return number >> BigInt(width - bits);
}
