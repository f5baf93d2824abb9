import { randomUUID } from 'node:crypto';
import { close, closeSync, openSync, read, unlinkSync, writev } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const writeAll = promisify(writev);
const closeDescriptor = promisify(close);

const readBytes = 512 * 1024;

/**
 * Bytes that wait on disk, in a file without a name: it is for its owner only and is gone when this process is, however that
 * ends. (Killed between the two calls that open it and take its name away, the process leaves an empty file.)
 */
export class SpillFile {
  readonly #descriptor: number;
  #size = 0;
  #isFull = false;

  /** In the folder for temporary files, `TMPDIR`. Undefined where nothing can be written. */
  static open(folder = tmpdir()): SpillFile | undefined {
    const path = join(folder, `elb-sidekick-${randomUUID()}`);
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return new SpillFile(descriptor);
    } catch {
      if (descriptor !== undefined) closeSync(descriptor);
      return undefined;
    }
  }

  /** Takes over the descriptor of an empty file. */
  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** False when the disk does not take them: then they are not in it, and it takes no more. One after the other. */
  async append(pieces: readonly Uint8Array[]): Promise<boolean> {
    let at = this.#size;
    let left = pieces.filter(({ length }) => length > 0);
    try {
      while (left.length > 0 && !this.#isFull) {
        const { bytesWritten } = await writeAll(this.#descriptor, left, at);
        at += bytesWritten;
        left = behind(left, bytesWritten);
      }
    } catch {
      this.#isFull = true;
    }
    if (this.#isFull) return false;
    this.#size = at;
    return true;
  }

  /** What was appended, from its start. A chunk is good until the next one is asked for. */
  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const buffer = new Uint8Array(Math.min(readBytes, this.#size));
    for (let at = 0; at < this.#size; ) {
      const bytes = await readSome(this.#descriptor, buffer, Math.min(buffer.length, this.#size - at), at);
      if (bytes === 0) throw new Error('alerts that waited on disk for their turn are gone');
      at += bytes;
      yield buffer.subarray(0, bytes);
    }
  }

  async close(): Promise<void> {
    await closeDescriptor(this.#descriptor);
  }
}

function readSome(descriptor: number, buffer: Uint8Array, bytes: number, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, bytes, at, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/** The pieces without their first `bytes` bytes. */
function behind(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skipped = bytes;
  for (const piece of pieces) {
    if (skipped < piece.length) left.push(piece.subarray(skipped));
    skipped = Math.max(0, skipped - piece.length);
  }
  return left;
}
