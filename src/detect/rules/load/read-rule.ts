import { parsePriority, type Priority } from '../../../alert/priority.ts';
import type { Context } from './context.ts';
import {
  booleanOf,
  checkUint32,
  fail,
  has,
  isPresentScalar,
  optionalBooleanOf,
  scalarOf,
  scalarsOf,
  textOf,
} from './decode.ts';
import type { RuleDefinition, RuleSwitch, RuleUpdate } from './definitions.ts';
import type { Warnings } from './load-error.ts';
import { readExceptions } from './read-exceptions.ts';
import { appendWarning, overrideAndAppend, readOverrides, type Overrides } from './read-overrides.ts';
import { SourcedText } from './sourced-text.ts';
import { valueOf, type YamlMap } from './yaml-node.ts';

export const ruleKeys: ReadonlySet<string> = new Set([
  'rule',
  'condition',
  'output',
  'desc',
  'priority',
  'source',
  'enabled',
  'capture',
  'capture_duration',
  'warn_evttypes',
  'skip-if-unknown-filter',
  'tags',
  'exceptions',
  'override',
  'append',
]);

// In the order in which Falco reads them, which decides what it reports first.
const appendable = ['condition', 'exceptions', 'output', 'desc', 'tags'] as const;
const replaceable = [
  ...appendable,
  'priority',
  'capture',
  'capture_duration',
  'enabled',
  'warn_evttypes',
  'skip-if-unknown-filter',
] as const;

const standaloneEnabled =
  "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under the 'override' key (i.e. 'enabled: replace').";

/**
 * Reads an item with the key `rule`. A generator, because an item with overrides is an append, then a replacement,
 * and each is applied (and may fail) before the rest of the item is looked at.
 */
export function* readRule(
  item: YamlMap,
  parent: Context,
  warnings: Warnings,
): Generator<RuleDefinition | RuleUpdate | RuleSwitch> {
  const name = textOf(item, 'rule', parent.child('rule', '', item));
  const context = parent.child('rule', name, item);
  const source = updateSource(item, context);
  const append = optionalBooleanOf(item, 'append', false, context);
  if (append) warnings.add('LOAD_DEPRECATED_ITEM', appendWarning, context);
  const overrides = readOverrides(item, appendable, replaceable, context);
  const overriding = overrides.append.size > 0 || overrides.replace.size > 0;
  if (append && overriding) fail(overrideAndAppend, context);
  if (overriding) {
    yield* readOverriding(item, name, source, overrides, context, warnings);
  } else if (append) {
    const parts = ['condition', 'exceptions'].filter((key) => has(item, key));
    yield { ...readUpdate(item, 'rule-append', name, parts, context, warnings), ...source };
  } else if (['condition', 'output', 'desc', 'priority'].some((key) => has(item, key))) {
    yield readDefinition(item, name, context, warnings);
  } else {
    const enabled = booleanOf(item, 'enabled', context);
    warnings.add('LOAD_DEPRECATED_ITEM', standaloneEnabled, context);
    yield { kind: 'rule-switch', name, enabled, context };
  }
}

/** The source that an append or override names. Unlike in a definition, it may be null or empty. */
function updateSource(item: YamlMap, context: Context): { readonly source?: string } {
  const node = valueOf(item, 'source');
  if (!node || node.kind === 'null') return {};
  if (node.kind !== 'scalar') fail('Value is not a scalar value', context.child('value for', 'source', node));
  return isPresentScalar(node) ? { source: node.text } : {};
}

function* readOverriding(
  item: YamlMap,
  name: string,
  source: { readonly source?: string },
  { append, replace }: Overrides,
  context: Context,
  warnings: Warnings,
): Generator<RuleUpdate> {
  const taken = new Set<string>();
  for (const [kind, keys, word] of [
    ['rule-append', append, 'append'],
    ['rule-replace', replace, 'replace'],
  ] as const) {
    if (keys.size === 0) continue;
    const parts = replaceable.filter((key) => keys.has(key));
    for (const key of parts) {
      if (!has(item, key)) fail(`An ${word} override for '${key}' was specified but '${key}' is not defined`, context);
      taken.add(key);
    }
    const update = readUpdate(item, kind, name, parts, context, warnings);
    yield keys.has('condition') ? { ...update, ...source } : update;
  }
  const left = [...replaceable].sort().find((key) => has(item, key) && !taken.has(key));
  if (left !== undefined) {
    const at = context.child('overrides', left, valueOf(item, left)!);
    fail(`Unexpected key '${left}': no corresponding entry under 'override' is defined.`, at);
  }
}

function readUpdate(
  item: YamlMap,
  kind: RuleUpdate['kind'],
  name: string,
  parts: readonly string[],
  context: Context,
  warnings: Warnings,
): RuleUpdate {
  const given = new Set(parts);
  if (given.has('capture_duration')) checkUint32(item, 'capture_duration', context);
  return {
    kind,
    name,
    context,
    ...(given.has('condition') && { condition: SourcedText.of(scalarOf(item, 'condition', context)) }),
    ...(given.has('exceptions') && { exceptions: readExceptions(item, kind === 'rule-append', context, warnings) }),
    ...(given.has('output') && { output: SourcedText.of(scalarOf(item, 'output', context)) }),
    ...(given.has('desc') && { desc: textOf(item, 'desc', context) }),
    ...(given.has('tags') && { tags: readTags(item, context) }),
    ...(given.has('priority') && { priority: readPriority(item, context) }),
    ...(given.has('capture') && { capture: booleanOf(item, 'capture', context) }),
    ...(given.has('capture_duration') && { capture: true }),
    ...(given.has('enabled') && { enabled: booleanOf(item, 'enabled', context) }),
    ...(given.has('warn_evttypes') && { warnEvttypes: booleanOf(item, 'warn_evttypes', context) }),
    ...(given.has('skip-if-unknown-filter') && {
      skipIfUnknownFilter: booleanOf(item, 'skip-if-unknown-filter', context),
    }),
  };
}

function readDefinition(item: YamlMap, name: string, context: Context, warnings: Warnings): RuleDefinition {
  const condition = scalarOf(item, 'condition', context);
  const output = scalarOf(item, 'output', context);
  const desc = textOf(item, 'desc', context);
  const priority = readPriority(item, context);
  const source = has(item, 'source') ? textOf(item, 'source', context) : 'syscall';
  const enabled = optionalBooleanOf(item, 'enabled', true, context);
  optionalBooleanOf(item, 'capture', false, context);
  if (has(item, 'capture_duration')) checkUint32(item, 'capture_duration', context);
  const warnEvttypes = optionalBooleanOf(item, 'warn_evttypes', true, context);
  const skipIfUnknownFilter = optionalBooleanOf(item, 'skip-if-unknown-filter', false, context);
  return {
    kind: 'rule',
    name,
    condition: SourcedText.of(condition),
    output: SourcedText.of(output).trim(),
    desc,
    priority,
    source,
    enabled,
    warnEvttypes,
    skipIfUnknownFilter,
    tags: has(item, 'tags') ? readTags(item, context) : [],
    exceptions: readExceptions(item, false, context, warnings),
    context,
    conditionContext: context.child('rule condition', '', condition),
    outputContext: context.child('rule output', '', output),
  };
}

function readTags(item: YamlMap, context: Context): string[] {
  return scalarsOf(item, 'tags', context).map((tag) => tag.text);
}

function readPriority(item: YamlMap, context: Context): Priority {
  const scalar = scalarOf(item, 'priority', context);
  const priority = parsePriority(scalar.text);
  return priority ?? fail('Invalid priority', context.child('rule priority', '', scalar));
}
