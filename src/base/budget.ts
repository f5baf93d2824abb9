/**
 * A number of bytes (or whatever is counted) that may be in use at once. Who asks for more than is left waits, first come,
 * first served; who asks for more than there is gets all of it, alone.
 */
export class Budget {
  readonly #total: number;
  #left: number;
  readonly #waiting: { readonly amount: number; readonly go: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
    this.#left = total;
  }

  /** Undefined when the amount may be used at once, else a promise to wait for. Each is followed by one `giveBack`. */
  take(amount: number): Promise<void> | undefined {
    const wanted = Math.min(amount, this.#total);
    if (this.#waiting.length === 0 && wanted <= this.#left) {
      this.#left -= wanted;
      return undefined;
    }
    return new Promise((go) => {
      this.#waiting.push({ amount: wanted, go });
    });
  }

  /** `amount` as it was asked for. */
  giveBack(amount: number): void {
    this.#left += Math.min(amount, this.#total);
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || next.amount > this.#left) return;
      this.#waiting.shift();
      this.#left -= next.amount;
      next.go();
    }
  }
}
