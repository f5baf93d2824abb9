import type { KeptFilters } from '../../src/detect/rules/engine.ts';

/** Keeps filters as long as it is there itself. */
export class FiltersInMemory implements KeptFilters {
  readonly #kept = new Map<string, Uint8Array>();
  /** By the names of what was found. */
  readonly found: string[] = [];

  find(name: string): Uint8Array | undefined {
    const filter = this.#kept.get(name);
    if (filter !== undefined) this.found.push(name);
    return filter;
  }

  keep(name: string, filter: Uint8Array): void {
    this.#kept.set(name, filter);
  }
}
