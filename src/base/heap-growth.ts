import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at the size that it has now, for this process and the threads that it starts. V8 heeds this
 * flag at any time, `--max-semi-space-size` only at the start.
 */
export function boundYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Threads that are begun from now on have 2 MB for what is new at once. With the half megabyte that V8 gives them they collect
 * every other millisecond while they load; it saves 3 % of the CPU time of a scan of a million lines, for 3 MB of RSS.
 */
export function widenYoungGeneration(): void {
  setFlagsFromString('--min-semi-space-size=2');
}

/** Keeps the heaps of a service small, which works for months on what comes and goes: of this process and its threads. */
export function boundHeapGrowth(): void {
  // Under a stream of requests V8 lets it grow to 67 MB, all of it garbage; at 17 MB a batch cost a tenth more.
  boundYoungGeneration();
  // The whole heap is collected when it is half as large again as what was alive the last time, not four times as large.
  // With 300,000 alerts taken in and read again RSS was 197 MiB at most instead of 227; the CPU time of both was the same.
  setFlagsFromString('--heap-growing-percent=50');
}
