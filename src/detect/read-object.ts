import { abortable } from '../base/abortable.ts';
import type { LineOrigin } from './formats/format.ts';
import { isTestObject, isTestObjectLine } from '../aws/object-name.ts';
import { plainBytes } from './gunzip.ts';
import { defaultGunzipLimits, type GunzipLimits } from './gunzip-limits.ts';
import { giveBack } from './inflate-beside.ts';
import { kindOfJunk, NotALog } from './junk.ts';
import { type BlockCount, LineParser, type LineVisits } from './line-parser.ts';
import { blocksOfLines, defaultMaxLineBytes, type LineBlock } from './lines.ts';
import type { LogObject } from './sources/source.ts';

/** What the lines of an object are handed to, in order. */
export interface EventVisitor extends LineVisits {
  /** Called after each block of lines (some hundred); while the promise is pending, nothing more is read. */
  blockEnd?(): Promise<void> | undefined;
}

export interface ReadingLimits {
  readonly maxLineBytes: number;
  readonly gunzip: GunzipLimits;
}

const defaultReadingLimits: ReadingLimits = { maxLineBytes: defaultMaxLineBytes, gunzip: defaultGunzipLimits };

/** So many lines without a single event, and an object is no log. */
const patienceLines = 100;

export interface Reading {
  /** Empty lines included. */
  lines: number;
  events: number;
  /** Decompressed. */
  bytes: number;
  /** AWS's test object: nothing in it. */
  testObject: boolean;
}

export interface ReadingOptions {
  readonly signal: AbortSignal;
  readonly limits?: ReadingLimits;
}

/** Where gzip is unpacked: `plainBytes`. `here` only where the blocks come in turn, none ahead. */
interface UnpackingOptions {
  readonly unpack?: 'here' | 'beside';
}

/**
 * Reads one object from start to end. Throws what the source throws, `GunzipError` or `NotALog`; every good line before
 * the trouble was visited. `reading` is kept up to date while it runs.
 */
export function readObject(
  object: LogObject,
  visitor: EventVisitor,
  reading: Reading,
  options: ReadingOptions & { readonly geo?: LineOrigin['geo'] },
): Promise<void> {
  const parser = new LineParser(object, options.geo, options.limits?.maxLineBytes);
  return readBlocks(
    object,
    { ahead: 0, read: (block) => parser.parse(block, visitor), take: () => visitor.blockEnd?.() },
    reading,
    options,
  );
}

/** What an object's blocks of lines are handed to. */
export interface BlockReader<R extends BlockCount> {
  /** So many further blocks may be read while the first of them is not yet taken; with 0 they come strictly in turn. */
  readonly ahead: number;
  read(block: LineBlock): R | Promise<R>;
  /** Called with every block's result, in the order of the blocks; while the promise is pending, no other is taken. */
  take(read: R): Promise<void> | undefined;
}

/** As `readObject`, block by block. Blocks that were read before trouble are taken before it is thrown. */
export async function readBlocks<R extends BlockCount>(
  object: Omit<LogObject, 'settle'>,
  reader: BlockReader<R>,
  reading: Reading,
  { signal, limits = defaultReadingLimits, unpack = 'beside' }: ReadingOptions & UnpackingOptions,
): Promise<void> {
  if (isTestObject(object.name)) {
    reading.testObject = true;
    return;
  }
  let firstBad: string | undefined;
  const bytes = plainBytes(abortable(object.open(signal), signal), limits.gunzip, unpack);
  const { linesBefore } = object;
  const goesOn = linesBefore !== undefined && linesBefore > 0;
  const chunks = goesOn ? bytes : refusingJunk(bytes);
  const blocks = blocksOfLines(chunks, limits.maxLineBytes, linesBefore);
  /** False where no further block is wanted. */
  const begins = (block: LineBlock): boolean => {
    signal.throwIfAborted();
    reading.testObject ||= block.firstLine === 1 && isTestObjectLine(block.bytes.toString('latin1', 0, 200));
    return !reading.testObject;
  };
  const ends = (block: LineBlock, result: R): Promise<void> | undefined => {
    firstBad ??= result.firstBad;
    block.lines = result.lines;
    reading.bytes += block.bytes.length;
    reading.lines += result.lines;
    reading.events += result.events;
    return reader.take(result);
  };
  const isHopeless = (): boolean =>
    !goesOn && reading.events === 0 && firstBad !== undefined && reading.lines >= patienceLines;
  if (reader.ahead === 0) {
    // Without a generator between: each takes a block some 10 µs in a scan of seconds, most of which V8 has not compiled well.
    for await (const block of blocks) {
      if (!begins(block)) break;
      const read = reader.read(block);
      const held = ends(block, read instanceof Promise ? await read : read);
      if (held !== undefined) await held;
      giveBack(block.bytes);
      if (isHopeless()) break;
    }
  } else {
    for await (const { block, result } of inOrder(until(blocks, begins), (block) => reader.read(block), reader.ahead)) {
      const held = ends(block, result);
      if (held !== undefined) await held;
      giveBack(block.bytes);
      if (isHopeless()) break;
    }
  }
  if (reading.events > 0 || reading.testObject || goesOn) return;
  if (linesBefore === 0 && reading.lines < patienceLines) return;
  throw firstBad === undefined ? NotALog.empty() : NotALog.noLineRecognised(reading.lines, firstBad);
}

/** The blocks, as long as `begins` wants them. */
async function* until(
  blocks: AsyncIterable<LineBlock>,
  begins: (block: LineBlock) => boolean,
): AsyncGenerator<LineBlock> {
  for await (const block of blocks) {
    if (!begins(block)) return;
    yield block;
  }
}

/**
 * Up to `ahead` results are waited for while the next block is begun; one that is there is handed on though no further block
 * comes (a pipe may be silent for hours). When the blocks end in an error, it comes last.
 */
async function* inOrder<R>(
  blocks: AsyncIterable<LineBlock>,
  read: (block: LineBlock) => R | Promise<R>,
  ahead: number,
): AsyncGenerator<{ readonly block: LineBlock; readonly result: R }> {
  const begun: { readonly block: LineBlock; readonly result: R | Promise<R> }[] = [];
  const source = blocks[Symbol.asyncIterator]();
  let trouble: { readonly error: unknown } | undefined;
  let next: Promise<IteratorResult<LineBlock>> | undefined;
  try {
    for (;;) {
      next ??= source.next();
      const first = begun[0];
      if (first === undefined || (await isFirst(next, first.result))) {
        const arriving = next;
        next = undefined;
        const { value: block, done } = await arriving;
        if (done === true) break;
        begun.push({ block, result: read(block) });
        if (begun.length <= ahead) continue;
      }
      const { block, result } = begun.shift()!;
      yield { block, result: await result };
    }
  } catch (error) {
    trouble = { error };
  } finally {
    // A read under way would be waited for.
    const left = source.return?.();
    if (next === undefined) await left;
    else left?.catch(() => undefined);
  }
  for (const { block, result } of begun) yield { block, result: await result };
  if (trouble !== undefined) throw trouble.error;
}

/** Whether `one` is there before `other`. */
function isFirst(one: Promise<unknown>, other: unknown): Promise<boolean> {
  return Promise.race([settled(one).then(() => true), settled(other).then(() => false)]);
}

/** Failed counts as there. */
async function settled(what: unknown): Promise<void> {
  await Promise.allSettled([what]);
}

/** The bytes, unless the first of them say that this is no log. Asked before a line end was found: there may be none. */
function refusingJunk(chunks: AsyncGenerator<Buffer>): AsyncIterable<Buffer> {
  let isFirst = true;
  const first = async (): Promise<IteratorResult<Buffer>> => {
    isFirst = false;
    const next = await chunks.next();
    const junk = next.done === true ? undefined : kindOfJunk(next.value);
    if (junk === undefined) return next;
    await chunks.return(undefined);
    throw NotALog.binary(junk);
  };
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => (isFirst ? first() : chunks.next()),
      return: () => chunks.return(undefined),
    }),
  };
}
