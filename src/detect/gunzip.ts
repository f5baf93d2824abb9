import { crc32, createInflateRaw } from 'node:zlib';
import { freeBytes } from '../base/free-bytes.ts';

/*
 * RFC 1952, as this file reads it:
 *
 *   file   = member+ zero*                        AWS writes one member; `cat a.gz b.gz` and multipart uploads give several
 *   member = header deflate-stream crc32 length   both numbers little-endian, 4 bytes each
 *   header = 1f 8b 08 flags mtime(4) xfl os  [extra] [name 0] [comment 0] [crc16]
 *
 * Members are framed here and only the deflate stream goes to zlib. Node's own createGunzip reads members too, but when a
 * write meets garbage after a member it throws that write's output away: a small log with one stray byte behind it would
 * lose every line.
 */

export interface GunzipLimits {
  /** Decompressed bytes of one object. */
  readonly maxBytes: number;
  /** Decompressed over compressed bytes; ELB logs have 6 to 15, deflate's own limit is 1032. Not looked at in the first 16 MiB. */
  readonly maxRatio: number;
}

export const defaultGunzipLimits: GunzipLimits = { maxBytes: 16 * 2 ** 30, maxRatio: 250 };

/** Why a gzip file cannot be read on. What came out before it was thrown is good. */
export class GunzipError extends Error {
  readonly reason: 'truncated' | 'corrupt' | 'trailing-garbage' | 'too-large';

  constructor(reason: GunzipError['reason'], message: string) {
    super(message);
    this.name = 'GunzipError';
    this.reason = reason;
  }
}

/**
 * What a slice unpacks to fits most often into what is left of an output chunk: only then is zlib done with it without asking
 * this thread, which is at work on the slice before. Measured with `scan`, five pairs in turn: 64 KiB in and 256 KiB out, the
 * next slice handed over a turn later, took 1.07 to 1.27 times as long.
 */
const outputChunkBytes = 2048 * 1024;
const inputSliceBytes = 32 * 1024;
const ratioFreeBytes = 16 * 2 ** 20;
/** The optional parts of a header; 64 KiB is the most that `extra` can have. */
const maxHeaderBytes = 256 * 1024;

/** The bytes of an object as logged: unpacked when they begin as gzip does, else as they are. The name's ending is not asked. */
export async function* plainBytes(
  chunks: AsyncIterable<Uint8Array>,
  limits: GunzipLimits = defaultGunzipLimits,
): AsyncGenerator<Buffer> {
  const input = new Input(chunks);
  try {
    await input.fill(2);
    if (input.rest[0] === 0x1f && input.rest[1] === 0x8b) {
      const budget = new Budget(limits);
      while (await atMember(input)) yield* inflateMember(input, budget);
    } else {
      while (await input.fill(1)) yield input.take(input.rest.length);
    }
  } finally {
    await input.close();
  }
}

/** Of each buffer that zlib writes to, the full one before it. */
const before = new WeakMap<ArrayBufferLike, WeakRef<ArrayBufferLike>>();

/**
 * Told of bytes that `plainBytes` handed out and that are not read any more, nor any before them: gives the memory of the
 * full buffer before theirs back (free-bytes.ts says why). Other bytes change nothing. Without this and that of the
 * compressed bytes, `scan` on two threads marked the whole heap 103 times for 1.8 million lines, with it 9 times.
 */
export function giveBack({ buffer }: Buffer): void {
  const full = before.get(buffer)?.deref();
  if (full !== undefined) freeBytes({ buffer: full });
}

/** The compressed bytes not yet used, refilled chunk by chunk. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);
  #isWhole = false;
  #taken = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get rest(): Buffer {
    return this.#rest;
  }

  /** Bytes taken so far: the offset of the next one in the file. */
  get offset(): number {
    return this.#taken;
  }

  /** Reads until at least `bytes` are there; false when the end comes first. */
  async fill(bytes: number): Promise<boolean> {
    while (this.#rest.length < bytes) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      // A buffer that others have parts of is not ours to give back.
      this.#isWhole = this.#rest.length === 0 && chunk.length === chunk.buffer.byteLength;
      this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    }
    return true;
  }

  take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    this.#taken += taken.length;
    return taken;
  }

  /** Takes bytes that nobody will read again; with the last of a chunk its memory is given back. */
  drop(bytes: number): void {
    const taken = this.take(bytes);
    if (this.#rest.length === 0 && this.#isWhole) freeBytes(taken);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

class Budget {
  readonly #limits: GunzipLimits;
  #out = 0;

  constructor(limits: GunzipLimits) {
    this.#limits = limits;
  }

  spend(outBytes: number, inBytes: number): GunzipError | undefined {
    this.#out += outBytes;
    const { maxBytes, maxRatio } = this.#limits;
    if (this.#out > maxBytes) {
      return new GunzipError('too-large', `more than ${maxBytes} bytes decompressed: not a log that AWS writes`);
    }
    if (this.#out > ratioFreeBytes && this.#out > inBytes * maxRatio) {
      return new GunzipError(
        'too-large',
        `decompresses to more than ${maxRatio} times its size: not a log, or a zip bomb`,
      );
    }
    return undefined;
  }
}

/** True when another member follows; its header is taken. */
async function atMember(input: Input): Promise<boolean> {
  const start = input.offset;
  if (start > 0) {
    while ((await input.fill(1)) && input.rest[0] === 0) {
      let zeros = 1;
      while (input.rest[zeros] === 0) zeros++;
      input.take(zeros);
    }
    if (input.rest.length === 0) return false;
  }
  const truncated = (): GunzipError =>
    new GunzipError('truncated', `the file ends inside a gzip header (byte ${input.offset + input.rest.length})`);
  const at = async (index: number): Promise<number> => {
    if (index > maxHeaderBytes) throw new GunzipError('corrupt', `a gzip header of more than ${maxHeaderBytes} bytes`);
    if (!(await input.fill(index + 1))) throw truncated();
    return input.rest[index] ?? 0;
  };

  await input.fill(3);
  const magic = [0x1f, 0x8b, 0x08];
  if (magic.some((byte, index) => index < input.rest.length && input.rest[index] !== byte)) {
    throw start === 0
      ? new GunzipError('corrupt', 'a gzip header with an unknown compression method')
      : new GunzipError(
          'trailing-garbage',
          `bytes that are not gzip follow the last gzip member, from byte ${input.offset}`,
        );
  }
  const flags = await at(3);
  let length = 10;
  if ((flags & 4) !== 0) length += 2 + (await at(10)) + 256 * (await at(11));
  for (const textFlag of [8, 16]) {
    if ((flags & textFlag) === 0) continue;
    while ((await at(length)) !== 0) length++;
    length++;
  }
  if ((flags & 2) !== 0) length += 2;
  await at(length - 1);
  input.take(length);
  return true;
}

/** zlib works on its own thread: the next slice is handed to it before this one's output is handed out. */
async function* inflateMember(input: Input, budget: Budget): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ chunkSize: outputChunkBytes });
  let output: Buffer[] = [];
  let latest: ArrayBufferLike | undefined;
  let crc = 0;
  let length = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  inflater.on('data', (chunk: Buffer) => {
    const overspent = budget.spend(chunk.length, input.offset + inputSliceBytes);
    if (overspent !== undefined) {
      inflater.destroy(overspent);
      return;
    }
    output.push(chunk);
  });
  inflater.on('end', () => {
    ended = true;
    wake?.();
  });
  inflater.on('error', (error) => {
    failure = error;
    wake?.();
  });

  let used = 0;
  const inflateSlice = async (): Promise<'more' | 'end'> => {
    // No `await` where bytes are there: the slice must be zlib's before the reader gets to work on the last one's output.
    if (input.rest.length === 0 && !(await input.fill(1))) {
      throw new GunzipError('truncated', `the gzip file ends too early, at byte ${input.offset}: the rest is missing`);
    }
    const slice = input.rest.subarray(0, inputSliceBytes);
    await new Promise<void>((resolve) => {
      wake = resolve;
      // Not called back when the stream ends within the slice or fails: then `wake` is.
      inflater.write(slice, () => resolve());
    });
    if (failure instanceof GunzipError) throw failure;
    if (failure !== undefined) {
      const where = `between bytes ${input.offset} and ${input.offset + slice.length}`;
      throw new GunzipError('corrupt', `the gzip file is damaged ${where}: ${failure.message}`);
    }
    input.drop(ended ? inflater.bytesWritten - used : slice.length);
    used = inflater.bytesWritten;
    return ended ? 'end' : 'more';
  };

  try {
    let pending = inflateSlice();
    for (let state = 'more'; state === 'more'; ) {
      state = await pending;
      const ready = output;
      output = [];
      if (state === 'more') {
        await input.fill(1);
        pending = inflateSlice();
        // Looked at in the next round; without this, a failure meanwhile would count as unhandled.
        pending.catch(() => undefined);
      }
      for (const chunk of ready) {
        crc = crc32(chunk, crc);
        length += chunk.length;
        if (chunk.buffer !== latest) {
          if (latest !== undefined) before.set(chunk.buffer, new WeakRef(latest));
          latest = chunk.buffer;
        }
        yield chunk;
      }
    }
  } finally {
    inflater.destroy();
  }

  if (!(await input.fill(8))) {
    throw new GunzipError(
      'truncated',
      `the gzip file ends too early, at byte ${input.offset}: its checksum is missing`,
    );
  }
  const trailer = input.take(8);
  if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== length % 2 ** 32) {
    throw new GunzipError(
      'corrupt',
      `the gzip file is damaged: the checksum at byte ${input.offset - 8} does not match`,
    );
  }
}
