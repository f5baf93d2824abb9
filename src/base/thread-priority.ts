import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/**
 * Lets other threads go first when there are fewer cores than work: on Linux each thread has a priority of its own. Elsewhere
 * it does nothing. `nice` is 0 to 19, 19 gives way the most; a thread that gives way further already stays as it is.
 */
export function giveWay(nice: number): void {
  try {
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (Number.isSafeInteger(id) && id > 0 && getPriority(id) < nice) setPriority(id, nice);
  } catch {
    // Not Linux, or not allowed: the thread runs as all others do.
  }
}
