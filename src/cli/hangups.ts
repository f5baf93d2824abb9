import type { Machine } from './machine.ts';

/** The machine's SIGHUPs, as calls one after the other; those that come during a call make one call more. */
export class Hangups {
  #act: (() => Promise<void>) | undefined;
  #acting = Promise.resolve();
  #isActing = false;
  #isAsked = false;

  /** From now on SIGHUP no longer ends the process; until `act` it is remembered. */
  constructor(machine: Pick<Machine, 'onHangup'>) {
    machine.onHangup(() => {
      this.#isAsked = true;
      this.#go();
    });
  }

  /** `each` must not reject. */
  act(each: () => Promise<void>): void {
    this.#act = each;
    this.#go();
  }

  /** Resolves when the call under way has ended; there is none after it. */
  end(): Promise<void> {
    this.#act = undefined;
    return this.#acting;
  }

  #go(): void {
    if (!this.#isActing) this.#acting = this.#actWhileAsked();
  }

  async #actWhileAsked(): Promise<void> {
    this.#isActing = true;
    while (this.#isAsked && this.#act !== undefined) {
      this.#isAsked = false;
      await this.#act();
    }
    this.#isActing = false;
  }
}
