import { checksum } from './checksum.ts';
import { GunzipInput } from './gunzip-input.ts';
import { Budget, defaultGunzipLimits, GunzipError, type GunzipLimits } from './gunzip-limits.ts';
import { inflateBeside } from './inflate-beside.ts';
import { inflateHere, inflatesHere } from './inflate-here.ts';

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

/** The optional parts of a header; 64 KiB is the most that `extra` can have. */
const maxHeaderBytes = 256 * 1024;

/**
 * The bytes of an object as logged: unpacked when they begin as gzip does, else as they are. The name's ending is not asked.
 * Unpacked here, on this thread, a chunk is good until the next one is asked for, and costs least (inflate-here.ts); beside
 * it, on zlib's thread, the caller's work on one chunk and the unpacking of the next go on at the same time.
 */
export async function* plainBytes(
  chunks: AsyncIterable<Uint8Array>,
  limits: GunzipLimits = defaultGunzipLimits,
  where: 'here' | 'beside' = 'beside',
): AsyncGenerator<Buffer> {
  const input = new GunzipInput(chunks);
  try {
    await input.fill(2);
    if (input.rest[0] === 0x1f && input.rest[1] === 0x8b) {
      const inflate = where === 'here' && inflatesHere() ? inflateHere : inflateBeside;
      const budget = new Budget(limits);
      while (await atMember(input)) {
        let crc = 0;
        let length = 0;
        for await (const chunk of inflate(input, budget)) {
          crc = checksum(chunk, crc);
          length += chunk.length;
          yield chunk;
        }
        await takeTrailer(input, crc, length);
      }
    } else {
      while (await input.fill(1)) yield input.take(input.rest.length);
    }
  } finally {
    await input.close();
  }
}

/** True when another member follows; its header is taken. */
async function atMember(input: GunzipInput): Promise<boolean> {
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

async function takeTrailer(input: GunzipInput, crc: number, length: number): Promise<void> {
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
