/** How soon an alert that was stored is in the lists when nothing is in the way. */
export const tickMs = 200;
/** A store that takes more than this counts as busy: a person sees no difference between so many. */
const busyPerSecond = 5_000;
/** The lists are late by this at most for the sake of a busy store. */
const maxRestMs = 3_000;

/**
 * When to read on. Alerts are taken in first: while the store is busy the projection rests, so that a burst has the machine
 * for itself and is caught up with after it. A flood that lasts longer is followed all the same, at the thread's low priority.
 */
export class Pace {
  #sinceMs: number | undefined;
  #sincePosition = 0;
  #isBusy = false;
  #restsSinceMs: number | undefined;

  /** Whether to read on now; `last` is the store's newest position, `reached` the projection's. */
  mayRead(nowMs: number, last: number, reached: number): boolean {
    this.#look(nowMs, last);
    if (reached >= last) {
      this.#restsSinceMs = undefined;
      return true;
    }
    if (!this.#isBusy) return true;
    // Not begun anew before all is read: bursts in a row are late by no more than one.
    this.#restsSinceMs ??= nowMs;
    return nowMs - this.#restsSinceMs >= maxRestMs;
  }

  #look(nowMs: number, last: number): void {
    if (this.#sinceMs !== undefined && nowMs - this.#sinceMs < tickMs) return;
    if (this.#sinceMs !== undefined)
      this.#isBusy = ((last - this.#sincePosition) / (nowMs - this.#sinceMs)) * 1000 > busyPerSecond;
    this.#sinceMs = nowMs;
    this.#sincePosition = last;
  }
}
