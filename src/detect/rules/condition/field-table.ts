import type { FieldSpec } from '../../formats/format.ts';
import { genericFields } from '../generic-fields.ts';

export type FieldLookup =
  | { readonly found: true; readonly field: FieldSpec; readonly arg?: string }
  | { readonly found: false; readonly message: string };

const generic: ReadonlySet<FieldSpec> = new Set(genericFields);

/** True for Falco's own fields, of which all but evt.asynctype are always there. */
export function isGeneric(field: FieldSpec): boolean {
  return generic.has(field);
}

/** The fields that a rule of one event source may name: the source's own and Falco's generic `evt.*`. */
export class FieldTable {
  readonly #fields = new Map<string, FieldSpec>();

  constructor(fields: Iterable<FieldSpec>) {
    for (const field of [...genericFields, ...fields]) {
      if (!this.#fields.has(field.name)) this.#fields.set(field.name, field);
    }
  }

  get(name: string): FieldSpec | undefined {
    return this.#fields.get(name);
  }

  /**
   * Finds a field and checks its argument as Falco does for a plugin's field: on the text `name[arg]` without quotes, so
   * a blank cuts the text there and the first `]` ends the argument.
   */
  lookup(name: string, arg?: string): FieldLookup {
    const text = arg === undefined ? name : `${name}[${arg}]`;
    const nonexistent = fail(`filter_check called with nonexistent field ${text}`);
    const field = this.#fields.get(name) ?? this.#longestPrefix(name);
    if (!field) return nonexistent;
    if (arg === undefined) {
      if (field.arg?.required) {
        return fail(`filter '${text}': ${field.name} requires an argument but none provided`);
      }
      return field.name === name ? { found: true, field } : nonexistent;
    }
    // Falco's own fields take their text as a whole: with brackets behind it the name is simply unknown.
    if (field.name !== name || isGeneric(field)) return nonexistent;
    if (arg.includes(' ')) {
      return fail(`filter '${text.slice(0, text.indexOf(' '))}': ${name} has unbalanced argument brackets`);
    }
    if (!field.arg) {
      const taken = arg.split(']', 1)[0] ?? '';
      return fail(`filter '${text}': ${name} does not allow nor require an argument but one is provided: ${taken}`);
    }
    if (field.arg.index && !field.arg.key) {
      const problem = indexProblem(arg);
      if (problem) return fail(`filter ${text} ${name} has an invalid index argument ${problem}: ${arg}`);
    }
    return arg.includes(']') ? nonexistent : { found: true, field, arg };
  }

  /** Falco looks for the longest field name that the text begins with, and only then whether more text follows. */
  #longestPrefix(name: string): FieldSpec | undefined {
    for (let length = name.length - 1; length > 0; length--) {
      const field = this.#fields.get(name.slice(0, length));
      if (field) return field;
    }
    return undefined;
  }
}

const largestIndex = 2n ** 64n - 1n;

function indexProblem(arg: string): string | undefined {
  if (!/^[0-9]*$/.test(arg)) return 'not composed only by digits';
  if (arg === '' || /^0./.test(arg)) return 'starting with 0';
  return BigInt(arg) > largestIndex ? 'not representable on 64 bit' : undefined;
}

function fail(message: string): FieldLookup {
  return { found: false, message };
}
