import { setImmediate as nextTurn } from 'node:timers/promises';
import { createInflateRaw } from 'node:zlib';
import { freeBytes } from '../base/free-bytes.ts';
import type { GunzipInput } from './gunzip-input.ts';
import { type Budget, GunzipError } from './gunzip-limits.ts';

/**
 * What a slice unpacks to fits most often into what is left of an output chunk: only then is zlib done with it without asking
 * this thread, which is at work on the slice before. Measured with `scan`, five pairs in turn: 64 KiB in and 256 KiB out, the
 * next slice handed over a turn later, took 1.07 to 1.27 times as long.
 */
const outputChunkBytes = 2048 * 1024;
const inputSliceBytes = 32 * 1024;

/** Of each buffer that zlib writes to, the full one before it. */
const before = new WeakMap<ArrayBufferLike, WeakRef<ArrayBufferLike>>();

/**
 * Told of bytes that `inflateBeside` handed out and that are not read any more, nor any before them: gives the memory of the
 * full buffer before theirs back (free-bytes.ts says why). Other bytes change nothing. Without this and that of the
 * compressed bytes, `scan` on two threads marked the whole heap 103 times for 1.8 million lines, with it 9 times.
 */
export function giveBack({ buffer }: Buffer): void {
  const full = before.get(buffer)?.deref();
  if (full !== undefined) freeBytes({ buffer: full });
}

/**
 * Unpacks a member's deflate stream on zlib's own thread, beside this one: the next slice is handed to it before the last
 * one's output is handed out.
 */
export async function* inflateBeside(input: GunzipInput, budget: Budget): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ chunkSize: outputChunkBytes });
  let output: Buffer[] = [];
  let latest: ArrayBufferLike | undefined;
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
  let filling: Promise<boolean> | undefined;
  const inflateSlice = async (): Promise<'more' | 'end'> => {
    // No `await` where bytes are there: the slice must be zlib's before the reader gets to work on the last one's output.
    if (input.rest.length === 0 && !(await (filling ??= input.fill(1)))) throw GunzipError.endsEarly(input.offset);
    filling = undefined;
    const slice = input.rest.subarray(0, inputSliceBytes);
    await new Promise<void>((resolve) => {
      wake = resolve;
      // Not called back when the stream ends within the slice or fails: then `wake` is.
      inflater.write(slice, () => resolve());
    });
    if (failure instanceof GunzipError) throw failure;
    if (failure !== undefined) throw GunzipError.damaged(input.offset, input.offset + slice.length, failure.message);
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
        // Bytes that are not there within a turn may take hours, as a pipe's, or never come.
        if (input.rest.length === 0) await Promise.race([settled((filling ??= input.fill(1))), nextTurn()]);
        pending = inflateSlice();
        // Looked at in the next round; without this, a failure meanwhile would count as unhandled.
        pending.catch(() => undefined);
      }
      for (const chunk of ready) {
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
}

async function settled(what: Promise<unknown>): Promise<void> {
  await Promise.allSettled([what]);
}
