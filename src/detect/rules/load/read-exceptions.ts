import type { Context } from './context.ts';
import { fail, textOf } from './decode.ts';
import type { ExceptionDefinition, ExceptionEntry } from './definitions.ts';
import type { Warnings } from './load-error.ts';
import { valueOf, type YamlMap, type YamlNode } from './yaml-node.ts';

/** An exception may hold this many scalars; aliases of aliases can grow without bound otherwise. */
export const maxExceptionScalars = 50_000;

/** Reads a rule's `exceptions`. With `append`, an exception may leave out `fields`. None where the key is absent or null. */
export function readExceptions(
  item: YamlMap,
  append: boolean,
  parent: Context,
  warnings: Warnings,
): ExceptionDefinition[] {
  const node = valueOf(item, 'exceptions');
  if (!node || node.kind === 'null') return [];
  const context = parent.child('exceptions', '', node);
  if (node.kind !== 'sequence') fail('Rule exceptions must be a sequence', context);
  const read: ExceptionDefinition[] = [];
  for (const exception of node.items) {
    const unnamed = context.child('exception', '', exception);
    if (exception.kind !== 'map') fail('Rule exception must be a mapping', unnamed);
    const name = textOf(exception, 'name', unnamed);
    const at = parent.child('exception', name, exception);
    if (read.some((earlier) => earlier.name === name)) {
      warnings.add(
        'LOAD_EXCEPTION_NAME_NOT_UNIQUE',
        `Multiple definitions of exception '${name}' in the same rule`,
        at,
      );
    }
    read.push(readException(exception, name, append, at, warnings));
  }
  return read;
}

function readException(
  exception: YamlMap,
  name: string,
  append: boolean,
  context: Context,
  warnings: Warnings,
): ExceptionDefinition {
  const reader = new EntryReader();
  const fieldsNode = valueOf(exception, 'fields');
  if (!fieldsNode && !append) fail("Item has no mapping for key 'fields'", context);
  const fields = fieldsNode && reader.read(fieldsNode, context.child('value for', 'fields', fieldsNode));
  const compsNode = valueOf(exception, 'comps');
  const comps = compsNode && reader.read(compsNode, context.child('value for', 'comps', compsNode));
  const valuesNode = valueOf(exception, 'values');
  let values: readonly (ExceptionEntry | undefined)[] = [];
  if (valuesNode) {
    const at = context.child('exception values', '', valuesNode);
    if (valuesNode.kind !== 'sequence') fail('Rule exception values must be a sequence', at);
    values = valuesNode.items.map((value) => reader.read(value, at.child('exception value', '', value)));
  } else if (append) {
    warnings.add('LOAD_APPEND_NO_VALUES', 'Overriding/appending exception with no values', context);
  }
  return { name, ...(fields !== undefined && { fields }), ...(comps !== undefined && { comps }), values, context };
}

class EntryReader {
  #scalars = 0;

  /** A scalar or a list of entries; undefined for null and maps, which Falco takes as nothing. */
  read(node: YamlNode, context: Context): ExceptionEntry | undefined {
    if (node.kind === 'scalar') {
      if (++this.#scalars > maxExceptionScalars)
        fail(`More than ${maxExceptionScalars} values in one exception`, context);
      if (node.text === '') fail('Value must be non-empty', context.child('value for', '', node));
      return node;
    }
    if (node.kind !== 'sequence') return undefined;
    return node.items.map((item) => this.read(item, context.child('exception', '', item)));
  }
}
