import { Context } from './context.ts';
import { fail } from './decode.ts';
import { LoadError } from './load-error.ts';
import { keyText, valueOf, type YamlMap } from './yaml-node.ts';

/** The keys that an item's `override` names, by operation. */
export interface Overrides {
  readonly append: ReadonlySet<string>;
  readonly replace: ReadonlySet<string>;
}

export const appendWarning =
  "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.";

export const overrideAndAppend =
  "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.";

/** Reads `override: {key: append|replace}`. An `override` that is a scalar, null or empty is as if absent. */
export function readOverrides(
  item: YamlMap,
  appendable: readonly string[],
  replaceable: readonly string[],
  context: Context,
): Overrides {
  const append = new Set<string>();
  const replace = new Set<string>();
  const override = valueOf(item, 'override');
  const at = override ? context.child('overrides', '', override) : context;
  if (override?.kind === 'sequence' && override.items.length > 0) throw notText(at);
  if (override?.kind !== 'map') return { append, replace };
  for (const entry of override.entries) {
    const key = keyText(entry);
    const keyAt = at.child('overrides', key, entry.key);
    const { value } = entry;
    if (value.kind === 'sequence' || value.kind === 'map') throw notText(at.child('value for', key, value));
    const operation = value.kind === 'null' ? 'null' : value.text;
    if (operation === 'append') {
      if (!appendable.includes(key)) fail(`Key '${key}' cannot be appended to, use 'replace' instead`, keyAt);
      append.add(key);
    } else if (operation === 'replace') {
      if (!replaceable.includes(key)) fail(`Key '${key}' cannot be replaced`, keyAt);
      replace.add(key);
    } else {
      const allowed = `${appendable.includes(key) ? 'append ' : ''}${replaceable.includes(key) ? 'replace ' : ''}`;
      const message = `Invalid override operation for key '${key}': '${operation}'. Allowed values are: ${allowed}`;
      fail(message, at.child('value for', key, value));
    }
  }
  return { append, replace };
}

/** Falco lets yaml-cpp's own exception through here, and gives it this code. */
function notText(context: Context): LoadError {
  return new LoadError('LOAD_ERR_VALIDATE', "bad conversion: 'override' maps a key to 'append' or 'replace'", context);
}
