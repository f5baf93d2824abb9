import type { Context } from './context.ts';
import { fail, has, optionalBooleanOf, parseUint32, scalarOf, scalarsOf, textOf } from './decode.ts';
import type { Definition, ListDefinition, MacroDefinition, PluginRequirement } from './definitions.ts';
import type { Warnings } from './load-error.ts';
import { appendWarning, overrideAndAppend, readOverrides } from './read-overrides.ts';
import { readRule, ruleKeys } from './read-rule.ts';
import { SourcedText } from './sourced-text.ts';
import { isVersion } from './versions.ts';
import { keyText, valueOf, type YamlMap, type YamlNode } from './yaml-node.ts';

const listName = /^[^()"' \t\n\v\f\r=,]+$/;
const macroName = /^[a-zA-Z][a-zA-Z0-9_]*$/;

/**
 * The pass `read`, second half: the items of a file's documents as definitions, in order. Each definition is taken by
 * the caller before the next is read, so that the first error of a file is the one Falco reports.
 */
export function* readItems(documents: readonly YamlNode[], file: Context, warnings: Warnings): Generator<Definition> {
  for (const document of documents) {
    if (document.kind === 'scalar') fail('Rules content is not yaml', file);
    if (document.kind !== 'sequence') fail('Rules content is not yaml array of objects', file);
    for (const item of document.items) if (item.kind !== 'null') yield* readItem(item, file, warnings);
  }
}

/** What an item is, is said by the first of these keys that it has. */
function* readItem(item: YamlNode, file: Context, warnings: Warnings): Generator<Definition> {
  const context = file.child('rules content item', '', item);
  if (item.kind !== 'map') {
    return fail('Unexpected element type. Each element should be a yaml associative array.', context);
  }
  if (has(item, 'required_engine_version')) yield* readEngineVersion(item, file, warnings);
  else if (has(item, 'required_plugin_versions')) yield* readPluginVersions(item, file, warnings);
  else if (has(item, 'list')) yield* readList(item, file, warnings);
  else if (has(item, 'macro')) yield* readMacro(item, file, warnings);
  else if (has(item, 'rule')) {
    yield* readRule(item, file, warnings);
    warnUnknownKeys(item, ruleKeys, file.child('rule', textOf(item, 'rule', context), item), warnings);
  } else warnings.add('LOAD_UNKNOWN_ITEM', 'Unknown top level item', context);
}

function* readEngineVersion(item: YamlMap, file: Context, warnings: Warnings): Generator<Definition> {
  const context = file.child('required_engine_version', '', item);
  const text = textOf(item, 'required_engine_version', context);
  // A plain number is the age before versions had three parts.
  const minor = parseUint32(text);
  const version = minor === undefined ? text : `0.${minor}.0`;
  if (!isVersion(version)) {
    fail(`Unable to parse engine version '${text}' as a semver string. Expected "x.y.z" semver format.`, context);
  }
  yield { kind: 'engine-version', version, context };
  warnUnknownKeys(item, new Set(['required_engine_version']), context, warnings);
}

function* readPluginVersions(item: YamlMap, file: Context, warnings: Warnings): Generator<Definition> {
  const node = valueOf(item, 'required_plugin_versions')!;
  const context = file.child('required plugin versions', '', node);
  if (node.kind !== 'sequence') fail('Value of required_plugin_versions must be a sequence', context);
  for (const entry of node.items) {
    const unnamed = context.child('required plugin versions entry', '', entry);
    if (entry.kind !== 'map') fail('Plugin version must be a mapping', unnamed);
    const name = textOf(entry, 'name', unnamed);
    const named = context.child('required plugin versions entry', name, entry);
    const alternatives: PluginRequirement[] = [{ name, version: textOf(entry, 'version', named) }];
    const others = valueOf(entry, 'alternatives');
    if (others && others.kind !== 'sequence') fail('Value of plugin version alternatives must be a sequence', named);
    for (const other of others?.items ?? []) {
      const at = named.child('required plugin versions alternative', '', other);
      if (other.kind !== 'map') fail('Plugin version alternative must be a mapping', at);
      alternatives.push({ name: textOf(other, 'name', at), version: textOf(other, 'version', at) });
    }
    yield { kind: 'plugin-version', alternatives, context: named };
  }
  warnUnknownKeys(
    item,
    new Set(['required_plugin_versions']),
    file.child('required plugin versions', '', item),
    warnings,
  );
}

function* readList(item: YamlMap, file: Context, warnings: Warnings): Generator<ListDefinition> {
  const name = textOf(item, 'list', file.child('list', '', item));
  const context = file.child('list', name, item);
  if (!listName.test(name)) {
    const message = `List has an invalid name. List names should match a regular expression: ([^()"'[:space:]=,]+)`;
    warnings.add('LOAD_INVALID_LIST_NAME', message, context);
  }
  const items = scalarsOf(item, 'items', context);
  yield { kind: 'list', name, items, append: readAppend(item, 'items', context, warnings), context };
  warnUnknownKeys(item, new Set(['list', 'items', 'append', 'override']), context, warnings);
}

function* readMacro(item: YamlMap, file: Context, warnings: Warnings): Generator<MacroDefinition> {
  const name = textOf(item, 'macro', file.child('macro', '', item));
  const context = file.child('macro', name, item);
  if (!macroName.test(name)) {
    const message =
      'Macro has an invalid name. Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)';
    warnings.add('LOAD_INVALID_MACRO_NAME', message, context);
  }
  const condition = scalarOf(item, 'condition', context);
  yield {
    kind: 'macro',
    name,
    condition: SourcedText.of(condition),
    append: readAppend(item, 'condition', context, warnings),
    context,
    conditionContext: context.child('macro condition', '', condition),
  };
  warnUnknownKeys(item, new Set(['macro', 'condition', 'append', 'override']), context, warnings);
}

/** True where the item adds to an earlier one of its name. `override: replace` is the same as a plain definition. */
function readAppend(item: YamlMap, key: string, context: Context, warnings: Warnings): boolean {
  const append = optionalBooleanOf(item, 'append', false, context);
  if (append) warnings.add('LOAD_DEPRECATED_ITEM', appendWarning, context);
  const overrides = readOverrides(item, [key], [key], context);
  if (append && overrides.append.size + overrides.replace.size > 0) fail(overrideAndAppend, context);
  return append || overrides.append.has(key);
}

function warnUnknownKeys(item: YamlMap, known: ReadonlySet<string>, context: Context, warnings: Warnings): void {
  for (const entry of item.entries) {
    const key = keyText(entry);
    if (known.has(key)) continue;
    const at = context.child('value for', key, entry.key);
    warnings.add('LOAD_UNKNOWN_KEY', `Unknown key '${key}'. The key will be ignored.`, at);
  }
}
