import type { Context } from './context.ts';
import { LoadError } from './load-error.ts';
import { valueOf, type YamlMap, type YamlNode, type YamlScalar } from './yaml-node.ts';

/** Reads the value of one key as a type. Every refusal is a LOAD_ERR_YAML_VALIDATE in Falco's words. */
export function fail(message: string, context: Context): never {
  throw new LoadError('LOAD_ERR_YAML_VALIDATE', message, context);
}

/** The scalar under a key that must be there. */
export function scalarOf(map: YamlMap, key: string, context: Context): YamlScalar {
  const value = valueOf(map, key);
  if (!value) fail(`Item has no mapping for key '${key}'`, context);
  if (value.kind === 'null') fail(`Mapping for key '${key}' is empty`, context);
  const at = context.child('value for', key, value);
  if (value.kind !== 'scalar') fail('Value is not a scalar value', at);
  if (value.text === '') fail('Value must be non-empty', at);
  return value;
}

export function textOf(map: YamlMap, key: string, context: Context): string {
  return scalarOf(map, key, context).text;
}

const booleans: ReadonlyMap<string, boolean> = new Map(
  (
    [
      ['true', true],
      ['false', false],
      ['yes', true],
      ['no', false],
      ['on', true],
      ['off', false],
      ['y', true],
      ['n', false],
    ] as const
  ).flatMap(([word, value]) => [
    [word, value],
    [word.toUpperCase(), value],
    [word[0]!.toUpperCase() + word.slice(1), value],
  ]),
);

export function booleanOf(map: YamlMap, key: string, context: Context): boolean {
  const scalar = scalarOf(map, key, context);
  const value = booleans.get(scalar.text);
  if (value === undefined) fail("Can't decode YAML scalar value", context.child('value for', key, scalar));
  return value;
}

export function optionalBooleanOf(map: YamlMap, key: string, otherwise: boolean, context: Context): boolean {
  return valueOf(map, key) ? booleanOf(map, key, context) : otherwise;
}

export function checkUint32(map: YamlMap, key: string, context: Context): void {
  const scalar = scalarOf(map, key, context);
  if (parseUint32(scalar.text) === undefined)
    fail("Can't decode YAML scalar value", context.child('value for', key, scalar));
}

/** As yaml-cpp has C++ streams read an unsigned number whose base is open: decimal, `0x…`, or octal with a leading 0; blanks may follow, not precede. */
export function parseUint32(text: string): number | undefined {
  const match = /^\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)[ \t\r\n\v\f]*$/.exec(text);
  if (!match) return undefined;
  const digits = match[1]!;
  const value = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return value <= 0xffff_ffff ? value : undefined;
}

/** The scalars of a sequence; empty ones are allowed. */
export function scalarsOf(map: YamlMap, key: string, context: Context): readonly YamlScalar[] {
  const value = valueOf(map, key);
  if (!value) fail(`Item has no mapping for key '${key}'`, context);
  const at = context.child('value for', key, value);
  if (value.kind !== 'sequence') fail('Value is not a sequence', at);
  return value.items.map((item) => {
    if (item.kind !== 'scalar') fail('sequence value is not scalar', at.child('list item', '', item));
    return item;
  });
}

/** True where the key stands in the map, whatever its value. */
export function has(map: YamlMap, key: string): boolean {
  return valueOf(map, key) !== undefined;
}

export function isPresentScalar(node: YamlNode | undefined): node is YamlScalar {
  return node?.kind === 'scalar' && node.text !== '';
}
