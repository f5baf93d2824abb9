/** What is built by opening it; closed in the reverse order. */
export class Closers {
  readonly #close: (() => unknown)[] = [];

  add(close: () => unknown): void {
    this.#close.push(close);
  }

  async closeAll(): Promise<void> {
    for (const close of this.#close.splice(0).reverse()) await close();
  }
}
