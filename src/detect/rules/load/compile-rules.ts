import type { Expr, Span } from '../condition/ast.ts';
import { checkCondition } from '../condition/check.ts';
import type { CheckedCondition } from '../condition/checked.ts';
import type { FieldTable } from '../condition/field-table.ts';
import type { AppendOutput } from '../engine.ts';
import type { CollectedRule, Collection } from './collect.ts';
import type { Context } from './context.ts';
import { deprecatedFields, deprecatedFieldsIn } from './deprecated-fields.ts';
import { matchesTooManyEventTypes } from './event-types.ts';
import { expandExceptions } from './exceptions.ts';
import { type CompiledList, compileLists } from './lists.ts';
import { LoadError, type Warnings } from './load-error.ts';
import { type CompiledMacro, substituteMacros } from './macros.ts';
import { type CheckedOutput, checkExtraFields, checkOutput, type ExtraField } from './outputs.ts';
import { ConditionParser } from './parse-conditions.ts';
import type { SourceTable } from './source-table.ts';

/** A rule that can run. */
export interface LoadableRule {
  readonly rule: CollectedRule;
  /** The condition with everything put in. */
  readonly expr: Expr;
  readonly condition: CheckedCondition;
  readonly output: CheckedOutput;
  readonly extraFields: readonly ExtraField[];
  /** The context of a node of `expr`: where it stands in the files, be it in a macro. */
  at(node: Span): Context;
}

/** Everything that the files so far make. */
export interface CompiledCollection {
  readonly lists: readonly CompiledList[];
  readonly macros: readonly CompiledMacro[];
  readonly rules: readonly LoadableRule[];
}

/**
 * The passes from `lists` to `check`, over the whole collection: Falco does this after each file. Throws the first
 * LoadError. Disabled rules are compiled like others; rules of unknown sources are left out.
 */
export function compileCollection(
  collection: Collection,
  sources: ReadonlyMap<string, SourceTable>,
  appended: readonly AppendOutput[],
  warnings: Warnings,
): CompiledCollection {
  const lists = compileLists(collection.lists);
  const compiler = new Compiler(lists, warnings);
  compiler.compileMacros(collection);
  const rules: LoadableRule[] = [];
  for (const rule of collection.rules.values()) {
    const table = sources.get(rule.source);
    const compiled = table && !rule.unknownSource && compiler.compileRule(rule, table, appended);
    if (compiled) rules.push(compiled);
  }
  const macros = [...compiler.macros.values()];
  for (const { used, context } of macros) {
    if (!used) warnings.add('LOAD_UNUSED_MACRO', 'Macro not referred to by any other rule/macro', context);
  }
  for (const { used, context } of lists) {
    if (!used) warnings.add('LOAD_UNUSED_LIST', 'List not referred to by any other rule/macro', context);
  }
  return { lists, macros, rules };
}

class Compiler {
  readonly macros = new Map<string, CompiledMacro>();
  readonly #lists: readonly CompiledList[];
  readonly #warnings: Warnings;
  readonly #parser = new ConditionParser();

  constructor(lists: readonly CompiledList[], warnings: Warnings) {
    this.#lists = lists;
    this.#warnings = warnings;
  }

  /** All are parsed before macros are put into macros, in order of definition. */
  compileMacros(collection: Collection): void {
    for (const { name, condition, index, visibility, context, conditionContext } of collection.macros.values()) {
      const expr = this.#parser.parse(condition, this.#lists, conditionContext);
      this.macros.set(name, { name, index, visibility, context, expr, used: false });
    }
    for (const macro of this.macros.values()) {
      macro.expr = this.#substitute(macro.expr, macro.visibility, macro.context);
    }
  }

  /** Undefined where the rule is skipped, with a warning. */
  compileRule(
    rule: CollectedRule,
    { fields }: SourceTable,
    appended: readonly AppendOutput[],
  ): LoadableRule | undefined {
    const output = this.#skippable(rule, () => checkOutput(rule, appended, fields, this.#warnings));
    if (!output) return undefined;
    const extraFields = checkExtraFields(rule, appended, fields, this.#warnings);
    const text = expandExceptions(rule.condition, rule.exceptions);
    const parsed = this.#parser.parse(text, this.#lists, rule.conditionContext);
    const expr = this.#substitute(parsed, Number.POSITIVE_INFINITY, rule.context);
    for (const field of deprecatedFieldsIn(expr)) {
      const at = this.#parser.at(field, rule.conditionContext);
      this.#warnings.add('LOAD_DEPRECATED_ITEM', deprecatedFields[field.name]!, at);
    }
    const condition = this.#skippable(rule, () => this.#check(expr, fields, rule.conditionContext));
    if (!condition) return undefined;
    if (rule.source === 'syscall' && rule.warnEvttypes && matchesTooManyEventTypes(expr)) {
      const message = 'Rule matches too many evt.type values. This has a significant performance penalty.';
      this.#warnings.add('LOAD_NO_EVTTYPE', message, rule.context);
    }
    return { rule, expr, condition, output, extraFields, at: (node) => this.#parser.at(node, rule.conditionContext) };
  }

  #check(expr: Expr, fields: FieldTable, context: Context): CheckedCondition {
    const { condition, errors, warnings, hazards } = checkCondition(expr, fields);
    for (const finding of [...warnings, ...(condition ? hazards : [])]) {
      this.#warnings.addFinding(finding, this.#parser.at(finding.at, context));
    }
    const [error] = errors;
    if (error) throw new LoadError('LOAD_ERR_COMPILE_CONDITION', error.message, this.#parser.at(error.at, context));
    return condition!;
  }

  #substitute(expr: Expr, visibility: number, context: Context): Expr {
    const substituted = substituteMacros(expr, this.macros, visibility);
    if (!('message' in substituted)) return substituted;
    throw new LoadError('LOAD_ERR_VALIDATE', substituted.message, this.#parser.at(substituted.at, context));
  }

  /** With `skip-if-unknown-filter`, an unknown field is a warning and the rule is left out: the answer is undefined. */
  #skippable<T>(rule: CollectedRule, check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof LoadError) || !rule.skipIfUnknownFilter || !tellsOfUnknownField(error.message))
        throw error;
      this.#warnings.add('LOAD_UNKNOWN_FILTER', error.message, error.context);
      return undefined;
    }
  }
}

/** Falco itself decides by the words of the message. */
function tellsOfUnknownField(message: string): boolean {
  const tells = ['nonexistent field', 'invalid formatting token', 'unknown event type', 'unknown filter:'];
  return tells.some((words) => message.includes(words));
}
