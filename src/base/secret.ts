import { inspect } from 'node:util';

/**
 * A password, token or URL that must never be seen. Printing, logging, serialising or inspecting one gives `[secret]`;
 * `reveal()` is the only way to the value, called where it goes on the wire and nowhere else.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
