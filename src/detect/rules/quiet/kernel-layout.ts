import type { KernelExports } from './kernel-exports.ts';
import type { MemoryImage } from './kernel-memory.ts';

/** Texts of a part that come again: where what was said of them is remembered, and where the answer goes. */
export interface Recalled {
  readonly part: number;
  readonly room: number;
  readonly result: number;
}

/** What makes a kernel the same again, once all questions are asked. Plain values, the memory's bytes aside. */
export interface KernelLayout {
  readonly bounds: number;
  readonly window: number;
  readonly shape: Parameters<KernelExports['setShape']>;
  readonly tables: Parameters<KernelExports['setTables']>;
  readonly recalled: readonly Recalled[];
  readonly memory: MemoryImage;
}
