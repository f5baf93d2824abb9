import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOfLines, eachLine, type LineBlock } from '../../src/detect/lines.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (let turn = 0; turn < 100; turn++) yield Buffer.alloc(1000, 0x78);
  yield Buffer.from('\nnext\n');
}

interface Seen {
  readonly lines: [number, string][];
  readonly tooLong: [number, string][];
  readonly total: number;
}

async function linesOf(text: string, sizes: readonly number[] = [65_536], maxLineBytes = 1000): Promise<Seen> {
  const lines: [number, string][] = [];
  const tooLong: [number, string][] = [];
  let total = 0;
  for await (const block of blocksOfLines(chunksOf(Buffer.from(text, 'latin1'), sizes), maxLineBytes)) {
    expect(block.firstLine).toBe(total + 1);
    total += eachLine(
      block,
      { line: (line, number) => lines.push([number, line]), tooLong: (start, number) => tooLong.push([number, start]) },
      maxLineBytes,
    );
  }
  return { lines, tooLong, total };
}

describe('lines', () => {
  it('numbers lines from 1, counts empty ones and does not visit them', async () => {
    expect(await linesOf('a\n\nb\n')).toEqual({
      lines: [
        [1, 'a'],
        [3, 'b'],
      ],
      tooLong: [],
      total: 3,
    });
    expect(await linesOf('')).toEqual({ lines: [], tooLong: [], total: 0 });
    expect(await linesOf('\n\r\n')).toEqual({ lines: [], tooLong: [], total: 2 });
  });

  it('numbers and keeps every line where chunks cut lines and much follows the cut', async () => {
    const lines = Array.from({ length: 4000 }, (_, n) => `${n} ${'x'.repeat(n % 97)}`);
    const seen = await linesOf(lines.join('\n'), [70_001, 90_007]);
    expect(seen.lines).toEqual(lines.map((line, n) => [n + 1, line]));
    expect(seen.total).toBe(4000);
  });

  it('hands out a line that chunks cut where it stands, when they stand behind each other, and else copies it', async () => {
    const whole = Buffer.from('one\ntwo\nthree\nfour');
    const other = Buffer.from('ty\nfive\n');
    const blocks: LineBlock[] = [];
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield* [whole.subarray(0, 6), whole.subarray(6, 10), whole.subarray(10, 11), whole.subarray(11), other];
    }
    for await (const block of blocksOfLines(chunks())) blocks.push(block);
    expect(blocks.map(({ bytes, firstLine }) => [firstLine, bytes.toString()])).toEqual([
      [1, 'one\n'],
      [2, 'two\n'],
      [3, 'three\n'],
      [4, 'fourty\nfive\n'],
    ]);
    const inPlace = blocks.map(({ bytes }) => bytes.buffer === whole.buffer && bytes.byteOffset - whole.byteOffset);
    expect(inPlace.slice(0, 3)).toEqual([0, 4, 8]);
    expect(inPlace[3]).not.toBe(14);
  });

  it('takes a reader’s word for how many lines a block has', async () => {
    const firsts: number[] = [];
    for await (const block of blocksOfLines(chunksOf(Buffer.from('a\nb\nc\nd\n'), [4]))) {
      firsts.push(block.firstLine);
      block.lines = 7;
    }
    expect(firsts).toEqual([1, 8]);
  });

  it('reads CRLF line ends, a byte order mark and a last line without line end', async () => {
    const seen = await linesOf('\u00ef\u00bb\u00bfa\r\nb\r\nc');
    expect(seen.lines).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
  });

  it('keeps a carriage return inside a line, and bytes beyond ASCII as one character each', async () => {
    expect((await linesOf('a\rb\u00e4\u0000\n')).lines).toEqual([[1, 'a\rb\u00e4\u0000']]);
  });

  it.each([[1], [7], [65_536]])(
    'takes a line of the longest length and refuses one byte more (chunks of %i)',
    async (size) => {
      const seen = await linesOf(`${'x'.repeat(50)}\n${'y'.repeat(51)}\nz\n${'v'.repeat(500)}`, [size], 50);
      expect(seen.lines).toEqual([
        [1, 'x'.repeat(50)],
        [3, 'z'],
      ]);
      expect(seen.tooLong.map(([number, start]) => [number, start.slice(0, 3)])).toEqual([
        [2, 'yyy'],
        [4, 'vvv'],
      ]);
    },
  );

  it('does not take a carriage return at the limit for a line end', async () => {
    const seen = await linesOf(`${'x'.repeat(50)}\r\n${'y'.repeat(50)}\ry\n`, [1], 50);
    expect(seen.lines).toEqual([[1, 'x'.repeat(50)]]);
    expect(seen.tooLong).toHaveLength(1);
  });

  it('keeps no more of an endless line than the limit', async () => {
    const sizes: number[] = [];
    for await (const block of blocksOfLines(endless(), 300)) sizes.push(block.bytes.length);
    expect(sizes).toEqual([302 + '\nnext\n'.length]);
  });

  it('gives up on 64 MiB without a line end, and not a byte earlier', async () => {
    const mebibyte = Buffer.alloc(2 ** 20, 0x78);
    async function* long(mebibytes: number, tail: string): AsyncGenerator<Uint8Array> {
      for (let turn = 0; turn < mebibytes; turn++) yield mebibyte;
      yield Buffer.from(tail);
    }
    const blocks = async (tail: string): Promise<number> => {
      let count = 0;
      for await (const block of blocksOfLines(long(64, tail), 300)) count += block.bytes.length > 0 ? 1 : 0;
      return count;
    };
    expect(await blocks('\nnext')).toBe(2);
    await expect(blocks('x')).rejects.toThrow('67108864 bytes without a line end');
  });

  it('sees the same lines however the bytes are cut into chunks', async () => {
    const text = fc.array(fc.constantFrom('a', 'bb', '\n', '\r\n', '\r', 'long '.repeat(5), '\u00ff'), {
      maxLength: 60,
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(text, sizes, async (parts, sizes) => {
        const whole = parts.join('');
        const expected = whole
          .split('\n')
          .map((line, index): [number, string] => [index + 1, line.replace(/\r$/, '')])
          .filter(([, line]) => line !== '');
        const seen = await linesOf(whole, sizes);
        expect(seen.lines).toEqual(expected);
        expect(seen).toEqual(await linesOf(whole));
      }),
      { numRuns: 200 },
    );
  });
});
