/*
 * What a followed file is known by, whatever it is called by now:
 *
 *   ┌ first line ─┐ … ┌ before ┐│ what is new: whole lines │ an unfinished one
 *   └ its hash is ┘   └ hashed ┘▲                          ▲
 *     the bookmark's name       offset, after `lines` lines end
 *
 * Renamed (app.log → app.log.1) or copied and truncated, the rest is read on under the name and the line numbers that the
 * file had; what is under its old name then begins with another line, and is another file. Compressed, it still decompresses
 * to the same first line. A log line has its time and trace in it: two files that begin with the same one are copies.
 */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { LogObject, SourceTools } from './source.ts';

const bookmark = z.object({
  name: z.string(),
  offset: z.number(),
  lines: z.number(),
  before: z.string(),
  /** Behind `offset` when the file ended in an unfinished line that was read as it was. */
  readTo: z.number(),
  /** Nothing more will be read of it: it was compressed, or is no log. */
  whole: z.boolean(),
});

type Bookmark = z.infer<typeof bookmark>;

/** A file as the folder's listing shows it. */
export interface Found {
  /** As configured, or joined to what is. */
  readonly path: string;
  readonly stats: BigIntStats;
  /** A neighbour of a configured file: read only where it goes on with what was read under another name. */
  readonly onlyIfKnown?: true;
}

/** Nobody has written to the file for so long: a gzip file is complete, and a last line without an end has none. */
export const quietMs = 10_000;

const headBytes = 64 * 1024;
const firstLineBytes = 4096;
const beforeBytes = 256;
const blockBytes = 256 * 1024;
/** As much as the detector takes for one line (detect/lines.ts): past it, it is left to it to say that this is no log. */
const endlessBytes = 65n * 2n ** 20n;

/** What one look at a file came to: an object to read, or whether it has to be looked at again though it does not change. */
type Look = LogObject | 'nothing new' | 'not yet';

/** What begins the names of all bookmarks in the progress. */
export const bookmarkPrefix = 'followed ';

/** The names that the bookmark of a file may have: its first line's, and where others begin with that as well, its own. */
export function bookmarkNames(firstLineKey: string, path: string): readonly [general: string, own: string] {
  return [firstLineKey, `${firstLineKey} ${path}`];
}

/** Looks at a file for what is new in it. `key` is its first line's, where that is known. Rejects when it cannot be opened or read. */
export async function lookAt(
  found: Found,
  tools: SourceTools,
): Promise<{ readonly look: Look; readonly key?: string }> {
  const file = await open(tools.resolvePath(found.path), 'r');
  try {
    const head = await readAt(file, 0, headBytes);
    const isGzip = head[0] === 0x1f && head[1] === 0x8b;
    const isQuiet = tools.clock.now() - Number(found.stats.mtimeMs) >= quietMs;
    if (head.length === 0 || (isGzip && !isQuiet)) return { look: head.length === 0 ? 'nothing new' : 'not yet' };
    const firstLine = firstLineOf(isGzip ? decompressed(head) : head, isQuiet);
    if (firstLine === undefined) return { look: 'not yet' };
    const key = `${bookmarkPrefix}${hash(firstLine)}`;
    if (isGzip) return { key, look: compressedPart(found, key, tools) };
    return { key, look: await newPart(file, found, key, isQuiet, tools) };
  } finally {
    await file.close();
  }
}

function compressedPart(found: Found, key: string, tools: SourceTools): Look {
  const known = bookmarkAt(key, tools);
  if (known?.whole === true || (known === undefined && found.onlyIfKnown)) return 'nothing new';
  const state = known ?? named(found.path, key, tools);
  const isGoingOn = state.offset > 0;
  return {
    name: state.name,
    size: Number(found.stats.size),
    appearedAtMs: Number(found.stats.mtimeMs),
    ...(isGoingOn ? { linesBefore: state.lines } : {}),
    open: (signal) => {
      const bytes = bytesOf(found, 0, Number(found.stats.size), tools, signal);
      return isGoingOn ? behind(bytes, state.offset) : bytes;
    },
    settle: (outcome) => {
      if (outcome.kind !== 'retry') {
        tools.progress.settle(tools.name, key, JSON.stringify({ ...state, whole: true }));
      }
      return Promise.resolve();
    },
  };
}

async function newPart(
  file: FileHandle,
  found: Found,
  generalKey: string,
  isQuiet: boolean,
  tools: SourceTools,
): Promise<Look> {
  const { path, stats } = found;
  const [, ownKey] = bookmarkNames(generalKey, path);
  const own = bookmarkAt(ownKey, tools);
  const known = own ?? bookmarkAt(generalKey, tools);
  let key = own === undefined ? generalKey : ownKey;
  let state: Bookmark | undefined;
  if (known !== undefined) {
    if (known.whole) return 'nothing new';
    const isShorter = known.offset > Number(stats.size);
    if (isShorter && known.name !== path) return 'nothing new';
    if (!isShorter && (await hashBefore(file, known.offset)) === known.before) state = known;
    // It begins like another one and goes on differently.
    else if (known.name !== path) key = ownKey;
  }
  if (state === undefined && found.onlyIfKnown) return 'nothing new';
  const start = state?.offset ?? 0;
  const size = Number(stats.size);
  let linesEnd = await endOfLines(file, start, size);
  if (linesEnd === start && stats.size - BigInt(start) > endlessBytes) linesEnd = size;
  // An unfinished line is read as it is, but not left behind: should it go on, it is read again as a whole.
  const end = isQuiet ? size : linesEnd;
  if (end === start) return linesEnd === size ? 'nothing new' : 'not yet';
  if (linesEnd === start && end === state?.readTo) return 'nothing new';
  const before = await hashBefore(file, linesEnd);
  const { name, lines: linesBefore } = state ?? named(path, key, tools);
  let lines = 0;
  return {
    name,
    size: end - start,
    appearedAtMs: Number(stats.mtimeMs),
    linesBefore,
    async *open(signal) {
      lines = 0;
      for await (const chunk of bytesOf(found, start, end, tools, signal)) {
        lines += countLines(chunk);
        yield chunk;
      }
    },
    settle: (outcome) => {
      if (outcome.kind !== 'retry') {
        const after = { name, offset: linesEnd, lines: linesBefore + lines, before, readTo: end };
        tools.progress.settle(tools.name, key, JSON.stringify({ ...after, whole: outcome.kind === 'reject' }));
      }
      return Promise.resolve();
    },
  };
}

/**
 * The bookmark of a file that nobody has read of, on disk before anyone does: should the process die with alerts stored, and
 * the file be renamed before the next start, it still goes by the name that these alerts' ids were made from.
 */
function named(path: string, key: string, { name, progress }: SourceTools): Bookmark {
  const fresh = { name: path, offset: 0, lines: 0, before: hash(Buffer.alloc(0)), readTo: 0, whole: false };
  progress.settle(name, key, JSON.stringify(fresh));
  return fresh;
}

function bookmarkAt(key: string, { name, progress }: SourceTools): Bookmark | undefined {
  const text = progress.settledVersion(name, key);
  return text === undefined ? undefined : bookmark.parse(JSON.parse(text));
}

/** The file's bytes from `start` to `end`. Throws when it is another file by now, or has become shorter. */
async function* bytesOf(
  { path, stats }: Found,
  start: number,
  end: number,
  tools: SourceTools,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const file = await open(tools.resolvePath(path), 'r');
  try {
    const now = await file.stat({ bigint: true });
    if (now.ino !== stats.ino || now.dev !== stats.dev) throw new Error('it was replaced before it was read');
    for (let at = start; at < end; ) {
      signal.throwIfAborted();
      const chunk = await readAt(file, at, Math.min(blockBytes, end - at));
      if (chunk.length === 0) throw new Error('it became shorter while it was read');
      at += chunk.length;
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

/** What a gzip file holds behind the first `offset` decompressed bytes. */
async function* behind(bytes: AsyncIterable<Buffer>, offset: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feeding = (async () => {
    try {
      for await (const chunk of bytes) if (!gunzip.write(chunk)) await drained(gunzip);
      gunzip.end();
    } catch (error) {
      gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  })();
  let left = offset;
  try {
    for await (const chunk of gunzip) {
      if (!(chunk instanceof Buffer)) continue;
      if (chunk.length > left) yield chunk.subarray(left);
      left = Math.max(0, left - chunk.length);
    }
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve);
    stream.once('close', resolve);
  });
}

/** The first line, or so much of it as tells files apart. Undefined while it is still being written. */
function firstLineOf(head: Buffer, isQuiet: boolean): Buffer | undefined {
  const end = head.indexOf(10);
  if (end !== -1) return head.subarray(0, Math.min(end, firstLineBytes));
  return head.length >= firstLineBytes || isQuiet ? head.subarray(0, firstLineBytes) : undefined;
}

/** What the beginning of a gzip file decompresses to; the bytes themselves where it does not: they identify it as well. */
function decompressed(head: Buffer): Buffer {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 128 * headBytes });
  } catch {
    return head;
  }
}

/** Behind the last line end in [start, size); `start` where there is none. */
async function endOfLines(file: FileHandle, start: number, size: number): Promise<number> {
  for (let end = size; end > start; ) {
    const from = Math.max(start, end - blockBytes);
    const at = (await readAt(file, from, end - from)).lastIndexOf(10);
    if (at !== -1) return from + at + 1;
    end = from;
  }
  return start;
}

async function hashBefore(file: FileHandle, offset: number): Promise<string> {
  const from = Math.max(0, offset - beforeBytes);
  return hash(await readAt(file, from, offset - from));
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  return buffer.subarray(0, bytesRead);
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
