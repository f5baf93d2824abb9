import { NotALog } from './junk.ts';

/** Whole lines, as bytes. Cut so that a block can go to another thread: its line numbers are known without reading it. */
export interface LineBlock {
  /** Every line ends in \n, save perhaps the last of the object. */
  readonly bytes: Buffer;
  /** The number of the block's first line in its object, 1-based. */
  readonly firstLine: number;
  /** Set by a reader that knows it before it asks for the next block, which saves counting them. */
  lines?: number;
}

/** AWS cuts a user agent at 8 KB and load balancers take request lines up to 16 KB; `\x22` triples a byte, `\x00000022` makes ten of it. */
export const defaultMaxLineBytes = 256 * 1024;

/** So much without a line end is no line any more: a device, an image, a bomb. */
const endlessBytes = 64 * 2 ** 20;

const newline = 10;
const lineFeed = Buffer.from([newline]);

/** A line that began in the chunk before is a block of its own when so much follows it: to copy that costs more than a block. */
const worthABlock = 64 * 1024;

/**
 * Cuts a stream of bytes into blocks of whole lines. Of a line longer than `maxLineBytes` only the first
 * `maxLineBytes + 2` bytes are kept (one may be a carriage return), so memory stays bounded and `eachLine` still sees that
 * it is too long. Throws `NotALog` where a line has no end at all.
 */
export async function* blocksOfLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes = defaultMaxLineBytes,
  linesBefore = 0,
): AsyncGenerator<LineBlock> {
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  /** The line that is not whole yet, where it stands in one piece. */
  let open: Buffer | undefined;
  let sinceLineEnd = 0;
  let firstLine = linesBefore + 1;
  const carry = (part: Buffer): void => {
    const kept = part.subarray(0, Math.max(0, maxLineBytes + 2 - carriedBytes));
    if (kept.length === 0) return;
    // Copied: the chunk that it stands in may be a thousand times larger, or is written to again.
    carried.push(Buffer.from(kept));
    carriedBytes += kept.length;
  };

  for await (const piece of chunks) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const end = chunk.lastIndexOf(newline) + 1;
    sinceLineEnd = end === 0 ? sinceLineEnd + chunk.length : chunk.length - end;
    if (sinceLineEnd > endlessBytes) throw NotALog.endlessLine(endlessBytes);
    const continued = carriedBytes === 0 ? chunk : joined(open, chunk);
    if (end === 0) {
      carry(chunk);
      open = continued;
      continue;
    }
    let bytes = chunk.subarray(0, end);
    if (carriedBytes > 0) {
      const line = carried;
      const lineBytes = carriedBytes;
      carried = [];
      carriedBytes = 0;
      if (continued !== undefined) bytes = continued.subarray(0, continued.length - chunk.length + end);
      else {
        const headEnd = chunk.indexOf(newline);
        const rest = chunk.subarray(headEnd + 1, end);
        line.push(chunk.subarray(0, Math.min(headEnd, maxLineBytes + 2 - lineBytes)), lineFeed);
        if (rest.length < worthABlock) {
          bytes = Buffer.concat([...line, rest]);
        } else {
          yield { bytes: Buffer.concat(line), firstLine };
          firstLine += 1;
          bytes = rest;
        }
      }
    }
    open = chunk.subarray(end);
    carry(open);
    const block: LineBlock = { bytes, firstLine };
    yield block;
    firstLine += block.lines ?? countLines(bytes);
  }
  if (carriedBytes > 0) yield { bytes: Buffer.concat(carried), firstLine };
}

/** Both together, when the second stands right behind the first. */
function joined(first: Buffer | undefined, second: Buffer): Buffer | undefined {
  if (first === undefined || first.buffer !== second.buffer) return undefined;
  if (first.byteOffset + first.length !== second.byteOffset) return undefined;
  return Buffer.from(first.buffer, first.byteOffset, first.length + second.length);
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}

/** Lines that no text is made of. */
export interface Passed {
  readonly lines: number;
  readonly next: number;
}

/** What to do with the lines of a block. Texts are byte strings without line end; numbers are 1-based in the object. */
export interface LineVisitor {
  /** Passes over lines that need no visit, from the one that begins at `at` on, line `number`: how many, and where the next one begins. */
  pass?(bytes: Buffer, at: number, number: number): Passed;
  /** The text is `bytes[start, end)`. */
  line(text: string, number: number, bytes: Buffer, start: number, end: number): void;
  /** A line of more than `maxLineBytes`; `start` is its beginning. */
  tooLong(start: string, number: number): void;
}

/**
 * Visits the lines of a block in order and says how many there are, empty ones included. Empty lines are counted, not
 * visited; a carriage return before the line end and a byte order mark before the first line are not part of a line.
 */
export function eachLine(block: LineBlock, visitor: LineVisitor, maxLineBytes = defaultMaxLineBytes): number {
  const { bytes, firstLine } = block;
  let number = firstLine;
  let start = firstLine === 1 && startsWithByteOrderMark(bytes) ? 3 : 0;
  while (start < bytes.length) {
    if (visitor.pass !== undefined) {
      const { lines, next } = visitor.pass(bytes, start, number);
      number += lines;
      start = next;
      if (start >= bytes.length) break;
    }
    let end = bytes.indexOf(newline, start);
    if (end === -1) end = bytes.length;
    const next = end + 1;
    if (bytes[end - 1] === 13) end--;
    if (end - start > maxLineBytes) visitor.tooLong(bytes.toString('latin1', start, start + 200), number);
    // One call into C++ for a line. Slicing fields from the Buffer costs more than slicing this string (npm.md §8).
    else if (end > start) visitor.line(bytes.toString('latin1', start, end), number, bytes, start, end);
    number++;
    start = next;
  }
  return number - firstLine;
}

function startsWithByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
