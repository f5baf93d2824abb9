import { constants, createInflateRaw, deflateRawSync, type InflateRaw } from 'node:zlib';
import type { GunzipInput } from './gunzip-input.ts';
import { type Budget, GunzipError } from './gunzip-limits.ts';

/** In a damaged file, what the damaged slice unpacks to is lost. */
const inputSliceBytes = 32 * 1024;
const outputBytes = 512 * 1024;
/** Handed on together: each chunk passes some ten functions, most of which V8 has not yet compiled well in a scan of seconds. */
const chunkBytes = 192 * 1024;

/** Written to by the last member that was unpacked: the next one need not have new memory. */
let spare: Buffer | undefined;

/**
 * Unpacks a member's deflate stream on this thread, step by step, into memory that is used again and again: a chunk is good
 * until the next one is asked for. Before further stored bytes are waited for, all that came out is given. Only where
 * `inflatesHere()`.
 */
export async function* inflateHere(input: GunzipInput, budget: Budget): AsyncGenerator<Buffer> {
  const inflater = new Inflater();
  const memory = spare ?? Buffer.allocUnsafeSlow(outputBytes);
  spare = undefined;
  let from = 0;
  let at = 0;
  let trouble: GunzipError | undefined;
  try {
    for (let ended = false; !ended; ) {
      if (input.rest.length === 0) {
        if (at > from) yield memory.subarray(from, at);
        from = at;
        if (!(await input.fill(1))) throw GunzipError.endsEarly(input.offset);
      }
      const start = input.offset;
      const slice = input.rest.subarray(0, inputSliceBytes);
      let used = 0;
      for (let wantsMore = true; wantsMore && trouble === undefined; ) {
        const room = memory.length - at;
        const step = inflater.step(slice, used, memory, at);
        if (step.failure !== undefined) {
          trouble = GunzipError.damaged(start, start + slice.length, step.failure.message);
          break;
        }
        used += step.used;
        trouble = budget.spend(step.made, start + inputSliceBytes);
        if (trouble !== undefined) break;
        at += step.made;
        // Room is left: all that there is has come out.
        wantsMore = step.made === room;
        if (wantsMore || at - from >= chunkBytes) {
          yield memory.subarray(from, at);
          if (wantsMore) at = 0;
          from = at;
        }
      }
      // zlib leaves bytes alone only behind the stream's end.
      ended = used < slice.length || trouble !== undefined;
      if (ended && at > from) yield memory.subarray(from, at);
      if (trouble !== undefined) throw trouble;
      input.drop(used);
    }
  } finally {
    inflater.close();
    spare = memory;
  }
}

/** What an `InflateRaw` has below Node's streams: not documented, but what npm unpacks with (through the package minizlib). */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
}

/**
 * zlib called directly. Node's documented calls unpack a whole file at once, which does not bound memory, or as a stream on
 * another thread into memory that is always new: to read an object without judging it so cost 1.15 µs of CPU a line, this
 * 0.82 (30 rounds in turn, lower quartiles). minizlib copies what it unpacks: 0.73 µs a line where this alone takes 0.60.
 */
class Inflater {
  readonly #stream = createInflateRaw();
  readonly #handle: Handle;
  /** Bytes of output room and of input that the last call left. */
  readonly #left: Uint32Array;

  constructor() {
    // Told of as `errored`.
    this.#stream.on('error', () => undefined);
    const parts = partsOf(this.#stream);
    if (parts === undefined) throw new Error('this version of Node has no zlib that can be called directly');
    this.#handle = parts.handle;
    this.#left = parts.left;
  }

  /** After a failure there are no further steps. */
  step(input: Uint8Array, inputAt: number, output: Uint8Array, outputAt: number): Step {
    const inputBytes = input.length - inputAt;
    const room = output.length - outputAt;
    this.#handle.writeSync(constants.Z_NO_FLUSH, input, inputAt, inputBytes, output, outputAt, room);
    const failure = this.#stream.errored;
    if (failure !== null) return { used: 0, made: 0, failure };
    const [roomLeft = 0, inputLeft = 0] = this.#left;
    return { used: inputBytes - inputLeft, made: room - roomLeft };
  }

  close(): void {
    this.#stream.destroy();
  }
}

interface Step {
  /** Of the input. */
  readonly used: number;
  readonly made: number;
  readonly failure?: Error;
}

function partsOf(stream: InflateRaw): { readonly handle: Handle; readonly left: Uint32Array } | undefined {
  const handle: unknown = Reflect.get(stream, '_handle');
  const left: unknown = Reflect.get(stream, '_writeState');
  return isHandle(handle) && left instanceof Uint32Array && left.length === 2 ? { handle, left } : undefined;
}

function isHandle(handle: unknown): handle is Handle {
  return (
    typeof handle === 'object' && handle !== null && 'writeSync' in handle && typeof handle.writeSync === 'function'
  );
}

let works: boolean | undefined;

/** Whether zlib can be called directly, and does what is expected of it: tried once. */
export function inflatesHere(): boolean {
  works ??= tried();
  return works;
}

function tried(): boolean {
  const text = Buffer.from('a line of a log\n'.repeat(64));
  const packed = Buffer.concat([deflateRawSync(text), Buffer.from('rest')]);
  const out = Buffer.alloc(text.length + 1);
  try {
    const inflater = new Inflater();
    const half = inflater.step(packed.subarray(0, 9), 0, out, 0);
    const rest = inflater.step(packed, 9, out, half.made);
    const failed = new Inflater().step(Buffer.from([0xff, 0xff]), 0, out, out.length - 1);
    inflater.close();
    return (
      half.used === 9 &&
      rest.used === packed.length - 9 - 4 &&
      out.subarray(0, half.made + rest.made).equals(text) &&
      failed.failure !== undefined
    );
  } catch {
    return false;
  }
}
