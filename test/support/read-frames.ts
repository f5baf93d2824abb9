import type { EventValue } from '../../src/detect/formats/format.ts';

export interface FramedEvent {
  readonly timeNs: bigint;
  /** By name without `awselb.`; texts are byte strings, numbers beyond 2^53 bigints. */
  readonly fields: Readonly<Record<string, EventValue>>;
}

/** Reads a body of frames as falco-plugin/src/frames.rs describes it, independently of who writes it. */
export function readFrames(body: Buffer): FramedEvent[] {
  let at = 0;
  const bytes = (length: number): Buffer => body.subarray(at, (at += length));
  const u8 = (): number => bytes(1).readUInt8();
  const u16 = (): number => bytes(2).readUInt16LE();
  const u32 = (): number => bytes(4).readUInt32LE();
  const u64 = (): bigint => bytes(8).readBigUInt64LE();
  if (body.length === 0) return [];
  if (bytes(4).toString() !== 'ELB1') throw new Error('no frames');
  const names = times(u8(), () => bytes(u8()).toString());
  const shapes = times(u8(), () => ({
    parts: u8(),
    fields: times(u8(), () => ({ number: u8(), part: u8(), flag: u8() })),
  }));
  const last: string[] = [];
  const events: FramedEvent[] = [];
  while (at < body.length) {
    const timeNs = u64();
    const length = u32();
    const shape = shapes[u8()];
    const line = bytes(length).toString('latin1');
    const fields: Record<string, EventValue> = {};
    const set = (number: number, value: EventValue): void => {
      const name = names[number];
      if (name === undefined || name in fields) throw new Error(`field ${number} (${name}) is unknown or there twice`);
      fields[name] = value;
    };
    const parts = times(shape?.parts ?? 0, () => line.slice(u16(), u16()));
    for (const { number, part, flag } of shape?.fields ?? []) {
      const text = parts[part] ?? '';
      if (text !== '' && text !== '-' && (flag === 0 || text !== '-1')) set(number, text);
    }
    for (let count = u16(); count > 0; count--) {
      const number = u8();
      const kind = u8();
      if (kind === 0) {
        const start = u16();
        set(number, line.slice(start, start + u16()));
      } else if (kind === 1) {
        const value = u64();
        set(number, value > BigInt(Number.MAX_SAFE_INTEGER) ? value : Number(value));
      } else {
        if (kind === 2) last[number] = bytes(u32()).toString('latin1');
        set(number, last[number] ?? '');
      }
    }
    events.push({ timeNs, fields });
  }
  return events;
}

function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}
