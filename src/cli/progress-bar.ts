import type { Writer } from './machine.ts';

const redrawMs = 100;
const barColumns = 24;

/**
 * One line on a terminal that tells how far reading is: bytes, lines, rate, time left. On anything but a terminal it is
 * silent. Nothing is drawn by a timer: whoever makes progress calls `advance`.
 */
export class ProgressBar {
  readonly #out: Writer;
  readonly #now: () => number;
  readonly #startMs: number;
  #totalBytes: number | undefined;
  #bytes = 0;
  #lines = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #shown = false;

  constructor(out: Writer, now: () => number) {
    this.#out = out;
    this.#now = now;
    this.#startMs = now();
  }

  /** So many bytes, as stored, there are in all. Not called when nobody knows (standard input). */
  expect(totalBytes: number): void {
    this.#totalBytes = totalBytes;
  }

  /** Bytes as stored and lines read since the last call. */
  advance(bytes: number, lines: number): void {
    this.#bytes += bytes;
    this.#lines += lines;
    if (!this.#out.isTerminal) return;
    const now = this.#now();
    if (now - this.#drawnMs < redrawMs) return;
    this.#drawnMs = now;
    this.#shown = true;
    void this.#write(`\r${this.#text(now).slice(0, this.#out.columns - 1)}\u001b[K`);
  }

  /** Takes the line away, so that something else can be written; the next `advance` draws it again. */
  clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#drawnMs = Number.NEGATIVE_INFINITY;
    void this.#write('\r\u001b[K');
  }

  #text(now: number): string {
    const seconds = Math.max(now - this.#startMs, 1) / 1000;
    const rate = `${sayCount(this.#lines)} lines · ${sayCount(Math.round(this.#lines / seconds))} lines/s`;
    if (this.#totalBytes === undefined || this.#totalBytes === 0) return `${sayBytes(this.#bytes)} · ${rate}`;
    const done = Math.min(this.#bytes / this.#totalBytes, 1);
    const bar = '='.repeat(Math.round(done * barColumns)).padEnd(barColumns);
    const left = done > 0 ? ` · ${saySeconds((seconds / done) * (1 - done))} left` : '';
    const percent = String(Math.floor(done * 100)).padStart(3);
    return `[${bar}] ${percent} % of ${sayBytes(this.#totalBytes)} · ${rate}${left}`;
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#out.write(text);
    } catch {
      // A terminal that went away: nobody watches any more.
    }
  }
}

/** `1,234,567`. */
export function sayCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1.5 MB`, decimal. */
export function sayBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

function saySeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
