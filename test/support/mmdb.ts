import ipaddr from 'ipaddr.js';

/** A value of a record; whole numbers are written unsigned, others as doubles. */
type MmdbValue = string | number | readonly MmdbValue[] | { readonly [key: string]: MmdbValue };

/**
 * A MaxMind database (.mmdb, format 2.0, 32-bit records) of a few networks, so that tests own their GeoIP data. Written
 * from the format's specification: a binary tree over the address bits, then the records, then the metadata.
 */
export function writeMmdb(
  networks: Readonly<Record<string, MmdbValue>>,
  { type = 'Test-City', ipVersion = 6, built = new Date('2026-11-01T00:00:00Z') } = {},
): Buffer {
  type Node = [left: Slot, right: Slot];
  type Slot = Node | { readonly record: number } | undefined;
  const root: Node = [undefined, undefined];
  const records: Buffer[] = [];
  let recordBytes = 0;
  for (const [network, value] of Object.entries(networks)) {
    const [address, bits] = ipaddr.parseCIDR(network);
    const bytes = address.toByteArray();
    const embedded = ipVersion === 6 && bytes.length === 4;
    const path = [...(embedded ? Array.from({ length: 12 }, () => 0) : []), ...bytes];
    const depth = bits + (embedded ? 96 : 0);
    let node = root;
    for (let bit = 0; bit < depth; bit++) {
      const side = ((path[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
      if (bit === depth - 1) {
        node[side] = { record: recordBytes };
      } else {
        const next = node[side];
        if (Array.isArray(next)) node = next;
        else {
          const fresh: Node = [undefined, undefined];
          node[side] = fresh;
          node = fresh;
        }
      }
    }
    const encoded = encode(value);
    records.push(encoded);
    recordBytes += encoded.length;
  }
  const nodes: Node[] = [];
  const collect = (node: Node): void => {
    nodes.push(node);
    for (const side of node) if (Array.isArray(side)) collect(side);
  };
  collect(root);
  const tree = Buffer.alloc(nodes.length * 8);
  nodes.forEach((node, index) => {
    node.forEach((slot, side) => {
      const target = Array.isArray(slot)
        ? nodes.indexOf(slot)
        : slot === undefined
          ? nodes.length
          : nodes.length + 16 + slot.record;
      tree.writeUInt32BE(target, index * 8 + side * 4);
    });
  });
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: Math.floor(built.getTime() / 1000),
    database_type: type,
    description: { en: 'test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 32,
  });
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    ...records,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ]);
}

function control(type: number, size: number): Buffer {
  const sizeBytes = size < 29 ? [] : size < 285 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 255];
  const size5 = size < 29 ? size : size < 285 ? 29 : 30;
  return Buffer.from(type > 7 ? [size5, type - 7, ...sizeBytes] : [(type << 5) | size5, ...sizeBytes]);
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && value >= 0) return encodeUnsigned(value);
    const double = Buffer.alloc(8);
    double.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), double]);
  }
  if (isList(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, each]) => [encode(key), encode(each)])]);
}

function isList(value: MmdbValue): value is readonly MmdbValue[] {
  return Array.isArray(value);
}

function encodeUnsigned(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return Buffer.concat([control(6, 4), bytes]);
}
