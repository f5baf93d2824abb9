/**
 * JavaScript in the making. Its text consists of fixed pieces, numbers and JSON-quoted strings; everything else (fields,
 * patterns, sets, functions) is passed in as a constant `k0`, `k1` …, so nothing in a rules file or an event can become code.
 */
export class Code {
  readonly #constants = new Map<unknown, string>();

  /** The name under which the code sees `value`. */
  constant(value: unknown): string {
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    const name = `k${this.#constants.size}`;
    this.#constants.set(value, name);
    return name;
  }

  /** Runs the lines, with the constants before them, and gives what they return. */
  run(lines: readonly string[]): unknown {
    const constants = Array.from(this.#constants.values(), (name, n) => `const ${name} = k[${n}];`);
    // oxlint-disable-next-line typescript/no-implied-eval -- the one place where code is made; why it is safe stands above
    const factory = new Function('k', ['"use strict";', ...constants, ...lines].join('\n')) as (
      k: readonly unknown[],
    ) => unknown;
    return factory([...this.#constants.keys()]);
  }
}
