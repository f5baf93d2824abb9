import { HourTable } from './hour-table.ts';
import type { PrintedAlerts } from './printed-alerts.ts';

const firstSize = 16 * 1024;

/**
 * What is printed of alerts, written down where they are judged: one sheet is used again and again. An alert is added in one
 * of two ways, both of which count it for its rule in the hour of `time` (RFC 3339 in UTC, of which the hour is enough):
 *
 * - `add` takes its text.
 * - `space` gives room to write it as bytes, UTF-8, which `wrote` then adds.
 */
export class PrintSheet {
  #bytes = Buffer.allocUnsafeSlow(firstSize);
  #length = 0;
  #hours = new HourTable();

  /** `text`: whole lines but for the last line end. */
  add(text: string, time: string, rule: string): void {
    // A UTF-16 unit takes three bytes at most.
    const at = this.space(text.length * 3);
    this.wrote(this.#bytes.write(text, at), time, rule);
  }

  /** Where in `bytes`, which it may move, so many bytes may be written. */
  space(size: number): number {
    const needed = this.#length + size + 1;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    return this.#length;
  }

  /** The sheet's own; good until the next call of `space`, `add` or `take`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The alert is the `size` bytes from where `space` said on; its line end comes from here. */
  wrote(size: number, time: string, rule: string): void {
    this.#length += size;
    this.#bytes[this.#length++] = 0x0a;
    this.#hours.add(time, rule, 1);
  }

  /** What was written since the last call, in memory of its own. */
  take(): readonly PrintedAlerts[] {
    if (this.#length === 0) return [];
    const text = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(text, 0, 0, this.#length);
    const hours = this.#hours.rows();
    this.#length = 0;
    this.#hours = new HourTable();
    return [{ text, hours }];
  }
}
