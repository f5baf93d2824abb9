import { textOfBytes } from '../base/bytes.ts';
import type { BadLine } from './formats/format.ts';

/** A bad line, for a person to look at. */
interface BadLineSample {
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
  /** The line's beginning, text, not escaped. */
  readonly start: string;
}

/** Lines that are no events: how many for each reason, and the first few of them. Plain values. */
export interface BadLines {
  readonly bad: ReadonlyMap<string, number>;
  readonly badSamples: readonly BadLineSample[];
}

const maxSamples = 5;
const sampleBytes = 300;

/** Counts bad lines one by one or block by block. */
export class BadLineTally implements BadLines {
  readonly bad = new Map<string, number>();
  readonly badSamples: BadLineSample[] = [];

  /** `line` is a byte string. */
  add(line: string, number: number, { reason, detail }: BadLine): void {
    this.#count(reason, 1);
    if (this.badSamples.length >= maxSamples) return;
    this.badSamples.push({ line: number, reason, detail, start: textOfBytes(line.slice(0, sampleBytes)) });
  }

  addAll({ bad, badSamples }: BadLines): void {
    for (const [reason, lines] of bad) this.#count(reason, lines);
    this.badSamples.push(...badSamples.slice(0, maxSamples - this.badSamples.length));
  }

  #count(reason: string, lines: number): void {
    this.bad.set(reason, (this.bad.get(reason) ?? 0) + lines);
  }
}
