import { CompiledRuleSet } from './compiled-rule-set.ts';
import { ConditionPacker, ConditionUnpacker, type PackedValue, packValue, unpackValue } from './condition/packed.ts';
import { FieldTable } from './condition/field-table.ts';
import type { EngineOptions, FileFindings, LoadedRules, RulesFile } from './engine.ts';
import { loadRules } from './load-rules.ts';
import type { ExtraField } from './load/outputs.ts';
import type { CheckedToken } from './message/show-field.ts';
import type { Template } from './message/template.ts';
import { type RuleBody, type RuleHead, type RuleSetParts, ShownRule } from './shown-rule.ts';

/** What is there at once. Behind it, a line each: what rules say, the conditions of each source. */
interface PackedHead {
  readonly files: readonly FileFindings[];
  readonly rules: readonly RuleHead[];
  readonly sources: readonly string[];
}

/** What a rule says, and the row of its condition among those of its source. */
interface PackedBody {
  readonly condition: number;
  readonly template: Template<PackedToken>;
  readonly extraFields: readonly (Omit<ExtraField, 'template'> & { readonly template: Template<PackedToken> })[];
}

interface PackedToken {
  readonly value: PackedValue;
  readonly isField: boolean;
  readonly fields: readonly { readonly key: string; readonly name: string; readonly arg?: string }[];
}

/**
 * What loading came to as a text, for a later start or another thread: to load our own rules takes 30 times as long as to unpack
 * them. Undefined where rules did not load, or are too large.
 */
export function packRules({ files, ruleSet }: LoadedRules): string | undefined {
  if (!(ruleSet instanceof CompiledRuleSet)) return undefined;
  const packers = new Map<string, ConditionPacker>();
  try {
    const bodies = ruleSet.rules.map(({ source, body }): PackedBody => {
      const packer = packers.get(source) ?? new ConditionPacker();
      packers.set(source, packer);
      return {
        condition: packer.add(body.condition),
        template: packTemplate(body.template),
        extraFields: body.extraFields.map((extra) => ({ ...extra, template: packTemplate(extra.template) })),
      };
    });
    const head: PackedHead = { files, rules: ruleSet.rules.map((rule) => rule.head), sources: [...packers.keys()] };
    return [JSON.stringify(head), JSON.stringify(bodies), ...Array.from(packers.values(), (each) => each.text())].join(
      '\n',
    );
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * As `loadRules`, of what `packRules` made of the same files and the same options. What only people ask for (`explain`, `lint`,
 * conditions, lists, macros) is got by loading the files when it is asked for.
 */
export function unpackRules(packed: string, files: readonly RulesFile[], options: EngineOptions): LoadedRules {
  const [head = '', bodies = '', ...conditions] = packed.split('\n');
  const { files: findings, rules, sources } = JSON.parse(head) as PackedHead;
  const unpackers = new Map(
    sources.map((name, n) => [name, new SourceUnpacker(conditions[n] ?? '', tableOf(name, options))]),
  );
  const whole = once(() => wholeSet(files, options));
  const packedBodies = once(() => JSON.parse(bodies) as readonly PackedBody[]);
  const parts: RuleSetParts = {
    rules: rules.map((rule, n) => {
      const body = once(() => packedBodies()[n]!);
      return new ShownRule(rule, new UnpackedBody(body, unpackers.get(rule.source)!, () => whole().rules[n]!.loadable));
    }),
    get lists() {
      return whole().lists;
    },
    get macros() {
      return whole().macros;
    },
  };
  return { files: findings, ruleSet: new CompiledRuleSet(parts, options) };
}

function wholeSet(files: readonly RulesFile[], options: EngineOptions): CompiledRuleSet {
  const { ruleSet } = loadRules(files, options);
  if (ruleSet === undefined) throw new Error('rules that loaded once do not load');
  return ruleSet;
}

function tableOf(source: string, { sources }: EngineOptions): FieldTable {
  return new FieldTable(sources.find(({ name }) => name === source)?.fields ?? []);
}

class SourceUnpacker extends ConditionUnpacker {
  readonly #fields: FieldTable;

  constructor(text: string, fields: FieldTable) {
    super(text, fields);
    this.#fields = fields;
  }

  template(packed: Template<PackedToken>): Template<CheckedToken> {
    return packed.map((part) => (typeof part === 'string' ? part : { ...part, field: this.#token(part.field) }));
  }

  #token({ value, isField, fields }: PackedToken): CheckedToken {
    return {
      value: unpackValue(value, this.#fields),
      isField,
      fields: fields.map(({ key, name, arg }) => ({ key, spec: this.#fields.get(name)!, arg })),
    };
  }
}

class UnpackedBody implements RuleBody {
  readonly #packed: () => PackedBody;
  readonly #source: SourceUnpacker;
  readonly #loadable: () => RuleBody['loadable'];
  #template: Template<CheckedToken> | undefined;
  #extraFields: readonly ExtraField[] | undefined;

  constructor(packed: () => PackedBody, source: SourceUnpacker, loadable: () => RuleBody['loadable']) {
    this.#packed = packed;
    this.#source = source;
    this.#loadable = loadable;
  }

  get condition(): RuleBody['condition'] {
    return this.#source.condition(this.#packed().condition);
  }

  get template(): Template<CheckedToken> {
    return (this.#template ??= this.#source.template(this.#packed().template));
  }

  get extraFields(): readonly ExtraField[] {
    return (this.#extraFields ??= this.#packed().extraFields.map((extra) => {
      return { ...extra, template: this.#source.template(extra.template) };
    }));
  }

  get loadable(): RuleBody['loadable'] {
    return this.#loadable();
  }
}

function packTemplate(template: Template<CheckedToken>): Template<PackedToken> {
  return template.map((part) => (typeof part === 'string' ? part : { ...part, field: packToken(part.field) }));
}

function packToken({ value, isField, fields }: CheckedToken): PackedToken {
  return {
    value: packValue(value),
    isField,
    fields: fields.map(({ key, spec, arg }) => ({ key, name: spec.name, ...(arg !== undefined && { arg }) })),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
