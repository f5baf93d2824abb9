import type { Atom, Interval, Source } from './bounded.ts';
import type { KernelMemory } from './kernel-memory.ts';

/** Bits of an i32 that are no sign. */
const maxBits = 31;

/** Status codes are asked for in many ways: of more intervals than this, what they say of low numbers is looked up. */
const fewIntervals = 2;
/** kernel/line-kernel.ts: `lowNumbers`. */
const lowNumbers = 1024;

/** A bit for all atoms of a number that ask for the same; those for which there is none left share the last. */
export function intervalBits(atoms: readonly Atom[]): ReadonlyMap<Atom, number> {
  const bits = new Map<Atom, number>();
  const taken = new Map<Source, Map<string, number>>();
  for (const atom of atoms) {
    if (atom.intervals === undefined || atom.source === undefined) continue;
    const ofSource = taken.get(atom.source) ?? new Map<string, number>();
    taken.set(atom.source, ofSource);
    const key = atom.intervals.join(' ');
    const bit = ofSource.get(key) ?? Math.min(ofSource.size, maxBits - 1);
    ofSource.set(key, bit);
    bits.set(atom, 1 << bit);
  }
  return bits;
}

/** Where the number's intervals begin and end, and where the bits of each low number stand, 0 where they are not looked up. */
export function putIntervals(
  memory: KernelMemory,
  source: Source,
  bits: ReadonlyMap<Atom, number>,
): readonly [number, number, number] {
  const known = new Map<string, { readonly interval: Interval; readonly bit: number }>();
  for (const [atom, bit] of bits) {
    if (atom.source !== source) continue;
    for (const interval of atom.intervals ?? []) known.set(`${interval.join(' ')} ${bit}`, { interval, bit });
  }
  const intervals = [...known.values()];
  const at = memory.put(Float64Array.from(intervals.flatMap(({ interval }) => [...interval, 0])));
  for (const [n, { bit }] of intervals.entries()) memory.words[at / 4 + 6 * n + 4] = bit;
  const end = at + 24 * intervals.length;
  if (intervals.length <= fewIntervals) return [at, end, 0];
  const low = Int32Array.from({ length: lowNumbers }, (_, value) =>
    intervals.reduce((all, { interval: [from, to], bit }) => (value >= from && value <= to ? all | bit : all), 0),
  );
  return [at, end, memory.put(low)];
}
