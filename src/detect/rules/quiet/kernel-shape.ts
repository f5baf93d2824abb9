import { columnKinds, type RegularLines } from '../../formats/format.ts';
import type { KernelLayout } from './kernel-layout.ts';
import type { KernelMemory } from './kernel-memory.ts';

/** What the kernel is told of regular lines. */
export function shapeOf(lines: RegularLines, memory: KernelMemory): KernelLayout['shape'] {
  const begins = lines.begins.flatMap((text) => {
    const word = Buffer.alloc(16);
    word.writeUInt32LE(text.length, 0);
    word.write(text, 8, 8, 'latin1');
    return Array.from(word);
  });
  const columns = lines.kinds.flatMap(({ column, is }) => [columnKinds.indexOf(is) + 1, column]);
  return [
    lines.required,
    lines.known,
    lines.time,
    memory.put(Int32Array.from([...columns, 0])),
    lines.client,
    lines.target,
    lines.request,
    begins.length === 0 ? 0 : memory.put(Uint8Array.from([...begins, 0, 0, 0, 0])),
  ];
}
