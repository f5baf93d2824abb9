import { crc32 } from 'node:zlib';
import type { AlertRecord, Text } from './record.ts';

/**
 * Records as bytes, one after the other, all numbers little-endian:
 *
 *   frame   ┌ bytes of the record u32 ┬ CRC-32 of the record u32 ┬ record ┐
 *   record  ┌ flags u8 ┬ id u16 ┬ arrived_ms f64 ┬ alert u32 ┬ received u32 ┬ enrichment u32 ┬ these texts, UTF-8 ┐
 *
 * A text's number is its bytes. Flags: 1, 2, 4: alert, received, enrichment are there; 8: the id is text.
 */
export class Frames {
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 16_384) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.#length;
  }

  add({ id, arrivedMs, alert, received, enrichment }: AlertRecord): void {
    const start = this.#length;
    this.#reserve(
      headBytes + recordHeadBytes + mostBytes(id) + mostBytes(alert) + mostBytes(received) + mostBytes(enrichment),
    );
    const bytes = this.#bytes;
    const record = start + headBytes;
    this.#length = record + recordHeadBytes;
    bytes[record] =
      (alert === null ? 0 : 1) |
      (received === null ? 0 : 2) |
      (enrichment === null ? 0 : 4) |
      (typeof id === 'string' ? 8 : 0);
    bytes.writeUInt16LE(this.#write(id), record + 1);
    bytes.writeDoubleLE(arrivedMs, record + 3);
    bytes.writeUInt32LE(this.#write(alert), record + 11);
    bytes.writeUInt32LE(this.#write(received), record + 15);
    bytes.writeUInt32LE(this.#write(enrichment), record + 19);
    bytes.writeUInt32LE(this.#length - record, start);
    bytes.writeUInt32LE(crc32(bytes.subarray(record, this.#length)), start + 4);
  }

  /** What was added since the last time. Valid until the next `add`. */
  take(): Buffer<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #write(text: Text | null): number {
    if (text === null) return 0;
    const at = this.#length;
    if (typeof text === 'string') this.#length += this.#bytes.write(text, at, 'utf8');
    else {
      this.#bytes.set(text, at);
      this.#length += text.length;
    }
    return this.#length - at;
  }
}

const headBytes = 8;
const recordHeadBytes = 23;

function mostBytes(text: Text | null): number {
  if (text === null) return 0;
  return typeof text === 'string' ? text.length * 3 : text.length;
}

/** The frames at the start of some bytes. */
export interface ReadFrames {
  readonly records: readonly AlertRecord[];
  /** Behind the last whole frame. */
  readonly end: number;
  /** Bytes that the frame at `end` would have, for when it is only cut: 0 when nothing but damage stands there. */
  readonly wanted: number;
}

/** Reads frames up to the first that is not whole. The records' texts are parts of `bytes`. */
export function readFrames(bytes: Buffer): ReadFrames {
  const records: AlertRecord[] = [];
  let at = 0;
  for (;;) {
    if (bytes.length - at < headBytes) return { records, end: at, wanted: headBytes };
    const length = bytes.readUInt32LE(at);
    if (length < recordHeadBytes) return { records, end: at, wanted: 0 };
    const record = at + headBytes;
    if (bytes.length < record + length) return { records, end: at, wanted: headBytes + length };
    if (crc32(bytes.subarray(record, record + length)) !== bytes.readUInt32LE(at + 4))
      return { records, end: at, wanted: 0 };
    records.push(recordAt(bytes, record));
    at = record + length;
  }
}

function recordAt(bytes: Buffer, at: number): AlertRecord {
  const flags = bytes.readUInt8(at);
  let from = at + recordHeadBytes;
  const next = (length: number): Buffer => {
    from += length;
    return bytes.subarray(from - length, from);
  };
  const id = next(bytes.readUInt16LE(at + 1));
  const text = (flag: number, lengthAt: number): Buffer | null => {
    const found = next(bytes.readUInt32LE(lengthAt));
    return (flags & flag) === 0 ? null : found;
  };
  return {
    id: (flags & 8) === 0 ? id : id.toString('utf8'),
    arrivedMs: bytes.readDoubleLE(at + 3),
    alert: text(1, at + 11),
    received: text(2, at + 15),
    enrichment: text(4, at + 19),
  };
}
