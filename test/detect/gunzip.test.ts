import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainBytes } from '../../src/detect/gunzip.ts';
import { GunzipError, type GunzipLimits } from '../../src/detect/gunzip-limits.ts';
import { giveBack } from '../../src/detect/inflate-beside.ts';
import { inflatesHere } from '../../src/detect/inflate-here.ts';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

type Where = 'here' | 'beside';

interface Read {
  readonly text: string;
  readonly error?: unknown;
}

async function readIn(where: Where, bytes: Buffer, size = 65_536, limits?: GunzipLimits): Promise<Read> {
  const out: Buffer[] = [];
  try {
    for await (const chunk of plainBytes(chunksOf(bytes, size), limits, where)) out.push(Buffer.from(chunk));
    return { text: Buffer.concat(out).toString('latin1') };
  } catch (error) {
    return { text: Buffer.concat(out).toString('latin1'), error };
  }
}

const lines = Array.from({ length: 400 }, (_, index) => `line ${index} ${'abc'.repeat(index % 7)}`).join('\n');
const first = gzipSync(lines);
const second = gzipSync('the second member\n');

/** A header with every optional part: extra, name, comment and header checksum (which is not looked at). */
function withFullHeader(member: Buffer): Buffer {
  const head = Buffer.from(member.subarray(0, 10));
  head[3] = 2 | 4 | 8 | 16;
  const parts = [Buffer.from([3, 0, 1, 2, 3]), Buffer.from('name\0comment\0'), Buffer.from([0, 0])];
  return Buffer.concat([head, ...parts, member.subarray(10)]);
}

/** Bytes of which each kind of deflate block is made: stored, with fixed and with dynamic codes. */
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 4000 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.string({ maxLength: 20 }), fc.nat(60_000)).map(([text, times]) => Buffer.from(text.repeat(times))),
);
const packed = fc
  .array(fc.tuple(contents, fc.constantFrom(0, 1, 9), fc.boolean()), { minLength: 1, maxLength: 3 })
  .map((members) =>
    Buffer.concat(
      members.map(([bytes, level, full]) =>
        full ? withFullHeader(gzipSync(bytes, { level })) : gzipSync(bytes, { level }),
      ),
    ),
  );
const damages = fc.oneof(
  fc.constant((file: Buffer) => file),
  fc.nat().map((cut) => (file: Buffer) => file.subarray(0, cut % (file.length + 1))),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, change]) => (file: Buffer) => {
    const damaged = Buffer.from(file);
    damaged[at % file.length]! ^= change;
    return damaged;
  }),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((behind) => (file: Buffer) => Buffer.concat([file, behind])),
);

describe('unpacking here', () => {
  it('is possible with the Node that runs this', () => {
    expect(inflatesHere()).toBe(true);
  });

  it('gives the bytes and the errors that unpacking beside gives, however the file is cut and damaged', async () => {
    const limits = fc.constantFrom(undefined, { maxBytes: 50_000, maxRatio: 250 });
    await fc.assert(
      fc.asyncProperty(
        packed,
        damages,
        fc.integer({ min: 1, max: 70_000 }),
        limits,
        async (file, damage, size, bounds) => {
          const damaged = damage(file);
          const chunks = Math.max(size, Math.ceil(damaged.length / 2000));
          const here = await readIn('here', damaged, chunks, bounds);
          const beside = await readIn('beside', damaged, chunks, bounds);
          expect(here.error).toEqual(beside.error);
          // Where reading ends in trouble, each has what came before the step that failed.
          if (here.error === undefined) expect(here.text).toBe(beside.text);
          else expect(here.text.startsWith(beside.text) || beside.text.startsWith(here.text)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('writes into the same memory again, for the next file too, and says nothing twice', async () => {
    const text = Buffer.from(Array.from({ length: 200_000 }, (_, number) => `line ${number} of many\n`).join(''));
    const file = gzipSync(text);
    const buffers = new Set<ArrayBufferLike>();
    for (let round = 0; round < 2; round++) {
      const out: Buffer[] = [];
      for await (const chunk of plainBytes(chunksOf(file, 65_536), undefined, 'here')) {
        buffers.add(chunk.buffer);
        out.push(Buffer.from(chunk));
      }
      expect(Buffer.concat(out).equals(text)).toBe(true);
    }
    expect(buffers.size).toBe(1);
  });

  it('keeps files apart that are read at the same time', async () => {
    const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(2_000_000));
    const read = await Promise.all(texts.map((text) => readIn('here', gzipSync(text), 100)));
    expect(read.map(({ text }, index) => text === texts[index])).toEqual([true, true, true]);
  });
});

describe('giveBack', () => {
  it('empties each full buffer but the one that is being read, and what is read stays right', async () => {
    const text = Buffer.from(Array.from({ length: 300_000 }, (_, number) => `line ${number} of many\n`).join(''));
    const out: Buffer[] = [];
    const buffers = new Set<ArrayBufferLike>();
    for await (const chunk of plainBytes(chunksOf(gzipSync(text), 65_536))) {
      out.push(Buffer.from(chunk));
      buffers.add(chunk.buffer);
      giveBack(chunk);
    }
    expect(Buffer.concat(out).equals(text)).toBe(true);
    const sizes = [...buffers].map(({ byteLength }) => byteLength);
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.slice(0, -1)).toEqual(sizes.slice(0, -1).map(() => 0));
    expect(sizes.at(-1)).toBeGreaterThan(0);
  });

  it('leaves bytes alone that were handed through', async () => {
    const stored = Buffer.from(lines);
    for await (const chunk of plainBytes(chunksOf(stored, 100))) giveBack(chunk);
    expect(stored.toString()).toBe(lines);
  });
});

describe.each<Where>(['here', 'beside'])('plainBytes, unpacked %s', (where) => {
  const read = (bytes: Buffer, size?: number, limits?: GunzipLimits): Promise<Read> =>
    readIn(where, bytes, size, limits);

  it.each([1, 2, 7, 100, 65_536])(
    'reads several members, and a header with every optional part, in chunks of %i',
    async (size) => {
      const file = Buffer.concat([first, withFullHeader(second), gzipSync(''), second]);
      expect(await read(file, size)).toEqual({ text: `${lines}the second member\nthe second member\n` });
    },
  );

  it('hands bytes that are not gzip through as they are', async () => {
    expect(await read(Buffer.from(lines), 10)).toEqual({ text: lines });
    expect(await read(Buffer.from([0x1f]), 10)).toEqual({ text: '\u001f' });
    expect(await read(Buffer.alloc(0), 10)).toEqual({ text: '' });
  });

  it('gives back what was compressed, whatever the members and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 3000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 500 }),
        fc.nat(20),
        async (texts, size, padding) => {
          const members = texts.map((text) => gzipSync(text));
          const file = Buffer.concat([...members, Buffer.alloc(padding)]);
          const expected = Buffer.from(texts.join('')).toString('latin1');
          expect((await read(file, size)).text).toBe(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([1, 65_536])(
    'delivers what stands before a cut, then says where the file ends (chunks of %i)',
    async (size) => {
      const cut = Buffer.concat([first, second]).subarray(0, first.length + second.length - 9);
      const { text, error } = await read(cut, size);
      expect(text).toContain(lines);
      expect(error).toBeInstanceOf(GunzipError);
      expect(error).toMatchObject({ reason: 'truncated', message: expect.stringContaining(`byte ${cut.length}`) });
    },
  );

  it('never loses a whole member and always complains, wherever the file is cut', async () => {
    const whole = Buffer.concat([first, second]);
    for (const cut of [1, 2, 3, 9, 10, 11, first.length - 8, first.length - 1, first.length + 1, first.length + 9]) {
      const { text, error } = await read(whole.subarray(0, cut), 64);
      if (cut === 1) continue;
      expect(error, `cut at ${cut}`).toMatchObject({ reason: 'truncated' });
      if (cut >= first.length - 8) expect(text).toContain(lines);
    }
  });

  it.each([1, 65_536])(
    'delivers the members before trailing garbage, in the same chunk or not (chunks of %i)',
    async (size) => {
      const { text, error } = await read(Buffer.concat([first, Buffer.from('garbage')]), size);
      expect(text).toBe(lines);
      expect(error).toMatchObject({
        reason: 'trailing-garbage',
        message: expect.stringContaining(`byte ${first.length}`),
      });
    },
  );

  it('notices a wrong checksum and a damaged stream', async () => {
    const wrongSum = Buffer.from(first);
    wrongSum[first.length - 8]! ^= 1;
    expect(await read(wrongSum)).toMatchObject({ text: lines, error: { reason: 'corrupt' } });
    const damaged = Buffer.from(first);
    damaged.fill(0xff, 20, 60);
    expect(await read(damaged)).toMatchObject({ error: { reason: 'corrupt' } });
  });

  it('allows exactly maxBytes, and not one more', async () => {
    const member = gzipSync('x'.repeat(1000));
    expect(await read(member, 100, { maxBytes: 1000, maxRatio: 250 })).toEqual({ text: 'x'.repeat(1000) });
    expect((await read(member, 100, { maxBytes: 999, maxRatio: 250 })).error).toMatchObject({ reason: 'too-large' });
  });

  it('stops a zip bomb soon after its ratio shows', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, 0x41), { level: 9 });
    const { text, error } = await read(bomb, 65_536, { maxBytes: 2 ** 40, maxRatio: 250 });
    expect(error).toMatchObject({ reason: 'too-large', message: expect.stringContaining('zip bomb') });
    expect(text.length).toBeLessThanOrEqual(34 * 2 ** 20);
  });

  it('gives the memory of chunks back that it has read, where they have it for themselves', async () => {
    const text = randomBytes(700_000);
    const file = gzipSync(text);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += 70_000) chunks.push(new Uint8Array(file.subarray(at, at + 70_000)));
    const out: Buffer[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* chunks;
    }
    for await (const chunk of plainBytes(source(), undefined, where)) out.push(Buffer.from(chunk));
    expect(Buffer.concat(out).equals(text)).toBe(true);
    expect(chunks.slice(0, -1).every(({ byteLength }) => byteLength === 0)).toBe(true);
  });

  it('hands out what there is while the next bytes have not come, and though they never will', async () => {
    const end = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield first.subarray(0, -20);
      await end.promise;
    }
    const unpacked = plainBytes(source(), undefined, where);
    const { value } = await unpacked.next();
    expect(lines.startsWith(String(value))).toBe(true);
    const next = unpacked.next();
    end.reject(new Error('the connection was lost'));
    await expect(next).rejects.toThrow('the connection was lost');
  });

  it('closes what it reads from when its reader goes away', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield first;
      } finally {
        closed = true;
      }
    }
    for await (const chunk of plainBytes(source(), undefined, where)) if (chunk.length > 0) break;
    expect(closed).toBe(true);
  });

  const multipart = join(import.meta.dirname, '../../../shared/corpus/vector/multipart-gzip.log.gz');
  describe.skipIf(!existsSync(multipart))('on the shared corpus (skipped: ../shared is not here)', () => {
    it('reads both members of multipart-gzip.log.gz', async () => {
      const { text } = await read(readFileSync(multipart));
      expect(text.split('\n').filter((line) => line !== '')).toHaveLength(12);
    });
  });
});
