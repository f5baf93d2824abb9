import type { Priority } from '../../../alert/priority.ts';
import type { Context } from './context.ts';
import type {
  Definition,
  EngineVersionDefinition,
  ExceptionDefinition,
  ListDefinition,
  MacroDefinition,
  PluginVersionDefinition,
  RuleDefinition,
  RuleSwitch,
  RuleUpdate,
} from './definitions.ts';
import {
  type CollectedException,
  type FieldTest,
  isAbsent,
  replacingException,
  validateException,
} from './exceptions.ts';
import type { CollectedList } from './lists.ts';
import { LoadError, type Warnings } from './load-error.ts';
import { SourcedText } from './sourced-text.ts';
import { engineVersion, isCompatible, isVersion } from './versions.ts';

export interface CollectedMacro {
  readonly name: string;
  readonly condition: SourcedText;
  readonly index: number;
  readonly visibility: number;
  readonly context: Context;
  readonly conditionContext: Context;
}

/** A rule as all items so far have left it. */
export interface CollectedRule {
  readonly name: string;
  readonly source: string;
  /** No event source of this name exists: the rule is kept but never compiled. */
  readonly unknownSource: boolean;
  readonly context: Context;
  conditionContext: Context;
  outputContext: Context;
  condition: SourcedText;
  output: SourcedText;
  desc: string;
  priority: Priority;
  enabled: boolean;
  tags: ReadonlySet<string>;
  exceptions: CollectedException[];
  warnEvttypes: boolean;
  skipIfUnknownFilter: boolean;
}

function fail(message: string, context: Context): never {
  throw new LoadError('LOAD_ERR_VALIDATE', message, context);
}

/**
 * The pass `override`: definitions of all files, one after the other, become one set of lists, macros and rules.
 * Order is the order of first definition; redefining, appending and replacing keep the place.
 */
export class Collection {
  readonly lists = new Map<string, CollectedList>();
  readonly macros = new Map<string, CollectedMacro>();
  readonly rules = new Map<string, CollectedRule>();
  readonly pluginVersions: PluginVersionDefinition[] = [];
  readonly #fieldTests: ReadonlyMap<string, FieldTest>;
  #index = 0;

  /** `fieldTests`: for each event source that exists, whether it has a field. */
  constructor(fieldTests: ReadonlyMap<string, FieldTest>) {
    this.#fieldTests = fieldTests;
  }

  take(definition: Definition, warnings: Warnings): void {
    switch (definition.kind) {
      case 'engine-version':
        return this.#takeEngineVersion(definition);
      case 'plugin-version':
        return this.#takePluginVersion(definition);
      case 'list':
        return this.#takeList(definition);
      case 'macro':
        return this.#takeMacro(definition);
      case 'rule':
        return this.#defineRule(definition, warnings);
      case 'rule-append':
        return this.#appendRule(definition);
      case 'rule-replace':
        return this.#replaceRule(definition);
      case 'rule-switch':
        return this.#switchRule(definition);
    }
  }

  #takeEngineVersion({ version, context }: EngineVersionDefinition): void {
    if (isCompatible(engineVersion, version)) return;
    fail(`Rules require engine version ${version}, but engine version is ${engineVersion}`, context);
  }

  #takePluginVersion(definition: PluginVersionDefinition): void {
    const names = new Set<string>();
    for (const { name, version } of definition.alternatives) {
      if (!isVersion(version)) fail(`Invalid required version '${version}' for plugin '${name}'`, definition.context);
      if (names.has(name))
        fail(`Defined multiple alternative version requirements for plugin '${name}'`, definition.context);
      names.add(name);
    }
    this.pluginVersions.push(definition);
  }

  #takeList(definition: ListDefinition): void {
    const { name, context } = definition;
    const earlier = this.lists.get(name);
    if (definition.append && !earlier) {
      fail("List uses 'append' or 'override.items: append' but no list by that name already exists", context);
    }
    const visibility = this.#index++;
    const items = definition.items.map((item) => item.text);
    this.lists.set(name, {
      name,
      items: definition.append && earlier ? [...earlier.items, ...items] : items,
      index: earlier?.index ?? visibility,
      visibility,
      context: definition.append && earlier ? earlier.context : context,
    });
  }

  #takeMacro(definition: MacroDefinition): void {
    const { name, context } = definition;
    const earlier = this.macros.get(name);
    if (definition.append && !earlier) {
      fail("Macro uses 'append' or 'override.condition: append' but no macro by that name already exists", context);
    }
    const visibility = this.#index++;
    const base = definition.append && earlier ? earlier : definition;
    this.macros.set(name, {
      name,
      condition: base === definition ? definition.condition : appended(base.condition, definition.condition),
      index: earlier?.index ?? visibility,
      visibility,
      context: base.context,
      conditionContext: base.conditionContext,
    });
  }

  #defineRule(definition: RuleDefinition, warnings: Warnings): void {
    const { name, source, context } = definition;
    this.#checkSource(this.rules.get(name), source, context);
    const isField = this.#fieldTests.get(source);
    if (!isField) warnings.add('LOAD_UNKNOWN_SOURCE', `Unknown source ${source}, skipping`, context);
    const { kind: _, ...rule } = definition;
    this.rules.set(name, {
      ...rule,
      unknownSource: !isField,
      tags: new Set(definition.tags),
      exceptions: definition.exceptions.map((exception) => {
        if (isAbsent(exception.fields)) {
          fail('Rule exception item must have fields property with a list of fields', exception.context);
        }
        return validateException(exception, isField);
      }),
    });
  }

  #appendRule(update: RuleUpdate): void {
    const rule = this.#earlierRule(
      update,
      "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
      'Appended rule must have exceptions or condition property',
    );
    if (update.condition) rule.condition = appended(rule.condition, update.condition);
    if (update.output) rule.output = appended(rule.output, update.output);
    if (update.desc !== undefined) rule.desc = `${rule.desc} ${update.desc}`;
    if (update.tags) rule.tags = new Set([...rule.tags, ...update.tags]);
    for (const exception of update.exceptions ?? []) this.#appendException(rule, exception);
  }

  #appendException(rule: CollectedRule, exception: ExceptionDefinition): void {
    const earlier = rule.exceptions.find(({ name }) => name === exception.name);
    if (earlier) {
      for (const part of ['fields', 'comps'] as const) {
        if (isAbsent(exception[part])) continue;
        fail(`Can not append exception ${part} to existing exception, only values`, exception.context);
      }
      earlier.values.push(...exception.values);
      return;
    }
    if (isAbsent(exception.fields)) {
      fail('Rule exception must have fields property with a list of fields', exception.context);
    }
    if (exception.values.length === 0) {
      fail('Rule exception must have values property with a list of values', exception.context);
    }
    rule.exceptions.push(validateException(exception, this.#fieldTests.get(rule.source)));
  }

  #replaceRule(update: RuleUpdate): void {
    const rule = this.#earlierRule(
      update,
      "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists",
      'The rule must have at least one field that can be replaced',
    );
    if (update.condition) rule.condition = update.condition;
    if (update.output) rule.output = update.output;
    if (update.exceptions) rule.exceptions = update.exceptions.map(replacingException);
    rule.tags = update.tags ? new Set(update.tags) : rule.tags;
    rule.desc = update.desc ?? rule.desc;
    rule.priority = update.priority ?? rule.priority;
    rule.enabled = update.enabled ?? rule.enabled;
    rule.warnEvttypes = update.warnEvttypes ?? rule.warnEvttypes;
    rule.skipIfUnknownFilter = update.skipIfUnknownFilter ?? rule.skipIfUnknownFilter;
  }

  #switchRule({ name, enabled, context }: RuleSwitch): void {
    const rule = this.rules.get(name);
    if (!rule) fail("Rule has 'enabled' key but no rule by that name already exists", context);
    rule.enabled = enabled;
  }

  #earlierRule(update: RuleUpdate, missing: string, empty: string): CollectedRule {
    const rule = this.rules.get(update.name);
    this.#checkSource(rule, update.source, update.context);
    if (!rule) fail(missing, update.context);
    const { kind: _kind, name: _name, context: _context, source: _source, ...parts } = update;
    if (Object.keys(parts).length === 0) fail(empty, update.context);
    return rule;
  }

  #checkSource(earlier: CollectedRule | undefined, source: string | undefined, context: Context): void {
    if (!earlier || source === undefined || earlier.source === source) return;
    fail('Rule has been re-defined with a different source', context);
  }
}

/** Falco puts one blank between what was there and what is appended; precedence then applies to the whole. */
function appended(earlier: SourcedText, later: SourcedText): SourcedText {
  return SourcedText.join([earlier, later.standIn(0, 1, ' '), later]);
}
