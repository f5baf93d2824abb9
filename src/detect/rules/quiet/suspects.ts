import type { Suspect } from '../engine.ts';

/** The rules that the line at hand may meet: in order, each once. */
export class Suspects {
  readonly #list: Suspect[] = [];

  get list(): readonly Suspect[] {
    return this.#list;
  }

  clear(): void {
    this.#list.length = 0;
  }

  /** There are hardly ever more than two. */
  add(suspect: Suspect): void {
    let at = this.#list.length;
    while (at > 0 && this.#list[at - 1]!.rule > suspect.rule) at--;
    if (at > 0 && this.#list[at - 1] === suspect) return;
    if (at === this.#list.length) this.#list.push(suspect);
    else this.#list.splice(at, 0, suspect);
  }
}
