/**
 * JavaScript in the making. Its text consists of fixed pieces, numbers and JSON-quoted strings; everything else (fields,
 * patterns, sets, functions) is passed in as a constant `k0`, `k1` …, so nothing in a rules file or an event can become code.
 */
export class Code<C = unknown> {
  readonly #constants = new Map<C, string>();

  /** The name under which the code sees `value`. */
  constant(value: C): string {
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    const name = `k${this.#constants.size}`;
    this.#constants.set(value, name);
    return name;
  }

  get constants(): readonly C[] {
    return [...this.#constants.keys()];
  }

  /** The lines with the constants before them, for `runCode`. */
  text(lines: readonly string[]): string {
    const constants = Array.from(this.#constants.values(), (name, n) => `const ${name} = k[${n}];`);
    return ['"use strict";', ...constants, ...lines].join('\n');
  }

  /** Runs the lines and gives what they return. */
  run(lines: readonly string[]): unknown {
    return runCode(this.text(lines), this.constants);
  }
}

/** Runs what `Code` wrote, and gives what it returns. */
export function runCode(text: string, constants: readonly unknown[]): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- the one place where code is made; why it is safe stands above
  const factory = new Function('k', text) as (k: readonly unknown[]) => unknown;
  return factory(constants);
}
