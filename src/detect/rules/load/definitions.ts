import type { Priority } from '../../../alert/priority.ts';
import type { Context } from './context.ts';
import type { SourcedText } from './sourced-text.ts';
import type { YamlScalar } from './yaml-node.ts';

/** What one item of a rules file asks for, as read; `collect.ts` applies them in file order. */
export type Definition =
  | EngineVersionDefinition
  | PluginVersionDefinition
  | ListDefinition
  | MacroDefinition
  | RuleDefinition
  | RuleUpdate
  | RuleSwitch;

export interface EngineVersionDefinition {
  readonly kind: 'engine-version';
  readonly version: string;
  readonly context: Context;
}

export interface PluginRequirement {
  readonly name: string;
  readonly version: string;
}

/** One entry of `required_plugin_versions`: the plugin, then its alternatives. */
export interface PluginVersionDefinition {
  readonly kind: 'plugin-version';
  readonly alternatives: readonly PluginRequirement[];
  readonly context: Context;
}

export interface ListDefinition {
  readonly kind: 'list';
  readonly name: string;
  readonly items: readonly YamlScalar[];
  readonly append: boolean;
  readonly context: Context;
}

export interface MacroDefinition {
  readonly kind: 'macro';
  readonly name: string;
  readonly condition: SourcedText;
  readonly append: boolean;
  readonly context: Context;
  readonly conditionContext: Context;
}

/** A field, comparison or value of an exception: one scalar, or a list. Anything else in the file (null, a map) is absent. */
export type ExceptionEntry = YamlScalar | readonly (ExceptionEntry | undefined)[];

export interface ExceptionDefinition {
  readonly name: string;
  readonly fields?: ExceptionEntry;
  readonly comps?: ExceptionEntry;
  readonly values: readonly (ExceptionEntry | undefined)[];
  readonly context: Context;
}

export interface RuleDefinition {
  readonly kind: 'rule';
  readonly name: string;
  readonly condition: SourcedText;
  readonly output: SourcedText;
  readonly desc: string;
  readonly priority: Priority;
  readonly source: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
  readonly exceptions: readonly ExceptionDefinition[];
  readonly warnEvttypes: boolean;
  readonly skipIfUnknownFilter: boolean;
  readonly context: Context;
  readonly conditionContext: Context;
  readonly outputContext: Context;
}

/** `append: true` or `override`: the given parts are appended to an earlier rule, or replace its own. */
export interface RuleUpdate {
  readonly kind: 'rule-append' | 'rule-replace';
  readonly name: string;
  readonly source?: string;
  readonly condition?: SourcedText;
  readonly output?: SourcedText;
  readonly desc?: string;
  readonly priority?: Priority;
  readonly enabled?: boolean;
  readonly tags?: readonly string[];
  readonly exceptions?: readonly ExceptionDefinition[];
  readonly warnEvttypes?: boolean;
  readonly skipIfUnknownFilter?: boolean;
  /** Captures are of no concern here, but a given one makes the update one that says something. */
  readonly capture?: boolean;
  readonly context: Context;
}

/** A rule's name and `enabled`, nothing else (deprecated). */
export interface RuleSwitch {
  readonly kind: 'rule-switch';
  readonly name: string;
  readonly enabled: boolean;
  readonly context: Context;
}
