import type { KernelMemory } from './kernel-memory.ts';
import { kernelBinary } from './line-kernel-binary.ts';

/** What kernel/line-kernel.ts exports. Addresses and counts. */
export interface KernelExports {
  setShape(
    required: number,
    known: number,
    time: number,
    letter: number,
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
    opCount: number,
    ways: number,
    wayBytes: number,
    maxLineBytes: number,
  ): void;
  next(at: number, end: number): number;
  remember(start: number, end: number, slots: number, slotBytes: number, lastSlot: number, answer: number): void;
}

let module: WebAssembly.Module | undefined;

/** The kernel on a memory of its own. Compiled once for all of a thread. */
export function startKernel({ memory }: KernelMemory): KernelExports {
  module ??= new WebAssembly.Module(Buffer.from(kernelBinary, 'base64'));
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as KernelExports;
}

function abort(): never {
  throw new Error('the line kernel broke');
}
