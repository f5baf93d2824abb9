import { createReadStream } from 'node:fs';

/** Fewer turns through the event loop than with Node's default of 64 KiB; no gain was seen above. */
const readBytes = 256 * 1024;

/** The bytes of a file, while this thread does other things. */
export function storedFile(path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: readBytes, signal });
}
