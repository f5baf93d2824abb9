import { printExpr } from './condition/print.ts';
import type { CheckedCondition } from './condition/checked.ts';
import type { CompiledRule } from './engine.ts';
import type { CompiledCollection, LoadableRule } from './load/compile-rules.ts';
import type { ExtraField } from './load/outputs.ts';
import { compareBytes } from './message/json-line.ts';
import type { CheckedToken } from './message/show-field.ts';
import type { Template } from './message/template.ts';

/** What is told of a rule, in plain values; `enabled` as its file says. */
export type RuleHead = Omit<CompiledRule, 'condition'>;

/** What running a rule takes, and `loadable` what people ask of it. Each may be made when it is first asked for. */
export interface RuleBody {
  readonly condition: CheckedCondition;
  readonly template: Template<CheckedToken>;
  readonly extraFields: readonly ExtraField[];
  readonly loadable: LoadableRule;
}

/** A rule as people see it. Its condition is printed when somebody asks: macros can make it long. */
export class ShownRule implements CompiledRule {
  readonly head: RuleHead;
  readonly body: RuleBody;
  readonly name: string;
  readonly desc: string;
  readonly priority: CompiledRule['priority'];
  readonly source: string;
  readonly tags: readonly string[];
  readonly output: string;
  readonly at: CompiledRule['at'];
  enabled: boolean;

  constructor(head: RuleHead, body: RuleBody) {
    this.head = head;
    this.body = body;
    this.name = head.name;
    this.desc = head.desc;
    this.priority = head.priority;
    this.source = head.source;
    this.tags = head.tags;
    this.output = head.output;
    this.at = head.at;
    this.enabled = head.enabled;
  }

  get condition(): string {
    return printExpr(this.loadable.expr);
  }

  get loadable(): LoadableRule {
    return this.body.loadable;
  }
}

/** What a rule set is made of; `lists` and `macros` may be made when they are first asked for. */
export interface RuleSetParts {
  readonly rules: readonly ShownRule[];
  readonly lists: readonly { readonly name: string; readonly items: readonly string[] }[];
  readonly macros: readonly { readonly name: string; readonly condition: string }[];
}

/** Those of the passes' result. */
export function partsOf({ lists, macros, rules }: CompiledCollection): RuleSetParts {
  return {
    rules: rules.map((loadable) => new ShownRule(headOf(loadable), bodyOf(loadable))),
    lists: lists.map(({ name, items }) => ({ name, items })),
    macros: macros.map(({ name, expr }) => ({
      name,
      get condition() {
        return printExpr(expr);
      },
    })),
  };
}

function headOf({ rule, output }: LoadableRule): RuleHead {
  const { name, desc, priority, source, enabled, context } = rule;
  const tags = [...rule.tags].sort(compareBytes);
  return { name, desc, priority, source, tags, enabled, output: output.text, at: context.position };
}

function bodyOf(loadable: LoadableRule): RuleBody {
  const { condition, output, extraFields } = loadable;
  return { condition, template: output.template, extraFields, loadable };
}
