import type { KernelMemory } from './kernel-memory.ts';
import { kernelBinary } from './line-kernel-binary.ts';
import { textBinary } from './line-text-binary.ts';

/** What kernel/line-kernel.ts exports. Addresses and counts. */
export interface KernelExports {
  setShape(
    required: number,
    known: number,
    time: number,
    kinds: number,
    client: number,
    target: number,
    request: number,
    words: number,
  ): void;
  setTables(
    bounds: number,
    patterns: number,
    scratch: number,
    ops: number,
    laterOps: number,
    ways: number,
    wayBytes: number,
    maxLineBytes: number,
  ): void;
  next(at: number, end: number): number;
  remember(start: number, end: number, room: number, answer: number): void;
}

/** What kernel/line-text.ts exports. */
export interface TextExports {
  setText(bounds: number, out: number, outBytes: number, second: number): void;
  compose(pieces: number, end: number, line: number, num: number): number;
  missingSlot(): number;
  outputLength(): number;
}

// Each compiled once for all of a thread.
let kernelModule: WebAssembly.Module | undefined;
let textModule: WebAssembly.Module | undefined;

/** The kernel on a memory of its own. */
export function startKernel({ memory }: KernelMemory): KernelExports {
  kernelModule ??= new WebAssembly.Module(Buffer.from(kernelBinary, 'base64'));
  return new WebAssembly.Instance(kernelModule, { env: { memory, abort } }).exports as KernelExports;
}

/** What writes texts, on a kernel's memory. */
export function startText({ memory }: KernelMemory): TextExports {
  textModule ??= new WebAssembly.Module(Buffer.from(textBinary, 'base64'));
  return new WebAssembly.Instance(textModule, { env: { memory, abort } }).exports as TextExports;
}

function abort(): never {
  throw new Error('the line kernel broke');
}
