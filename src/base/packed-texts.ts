import { once } from './once.ts';

const lengthBytes = 4;

/** Texts as bytes, so that each can be read without the others. `rest`: bytes behind them. */
export function packTexts(texts: readonly string[], rest: Uint8Array = new Uint8Array()): Uint8Array {
  const encoded = texts.map((text) => Buffer.from(text));
  const lengths = Buffer.alloc(lengthBytes * (1 + texts.length));
  for (const [n, length] of [texts.length, ...encoded.map((each) => each.length)].entries()) {
    lengths.writeUInt32LE(length, lengthBytes * n);
  }
  return Buffer.concat([lengths, ...encoded, rest]);
}

/** The texts, each decoded when it is asked for. */
export function textsOf(packed: Uint8Array): readonly (() => string)[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from(placesOf(bytes), ([start, end]) => once(() => bytes.toString('utf8', start, end)));
}

/** What stands behind the texts. */
export function restOf(packed: Uint8Array): Uint8Array {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const [, end = lengthBytes] = placesOf(bytes).at(-1) ?? [];
  return packed.subarray(end);
}

function placesOf(bytes: Buffer): readonly (readonly [start: number, end: number])[] {
  const count = bytes.readUInt32LE(0);
  let end = lengthBytes * (1 + count);
  return Array.from({ length: count }, (_, n) => {
    const start = end;
    end += bytes.readUInt32LE(lengthBytes * (1 + n));
    return [start, end] as const;
  });
}
