import { once } from '../../base/once.ts';
import { packTexts, textsOf } from '../../base/packed-texts.ts';
import { CompiledRuleSet } from './compiled-rule-set.ts';
import { ConditionPacker, ConditionUnpacker, type PackedValue, packValue, unpackValue } from './condition/packed.ts';
import { FieldTable } from './condition/field-table.ts';
import type { EngineOptions, FileFindings, LoadedRules, RulesFile } from './engine.ts';
import { loadRules } from './load-rules.ts';
import type { ExtraField } from './load/outputs.ts';
import type { CheckedToken } from './message/show-field.ts';
import type { Template } from './message/template.ts';
import { type RuleBody, type RuleHead, type RuleSetParts, ShownRule } from './shown-rule.ts';

/** What is there at once. Behind it: what rules say, and the conditions of each source. */
interface PackedHead {
  readonly files: readonly FileFindings[];
  readonly rules: readonly RuleHead[];
  readonly sources: readonly string[];
}

/** What rules say. Many say the same of an event. */
interface PackedBodies {
  readonly tokens: readonly PackedToken[];
  readonly bodies: readonly PackedBody[];
}

/** What a rule says, and the row of its condition among those of its source. */
interface PackedBody {
  readonly condition: number;
  readonly template: PackedTemplate;
  readonly extraFields: readonly (Omit<ExtraField, 'template'> & { readonly template: PackedTemplate })[];
}

/** Texts as they stand, and the numbers of tokens. */
type PackedTemplate = readonly (string | number)[];

interface PackedToken {
  readonly width: number;
  readonly value: PackedValue;
  readonly isField: boolean;
  readonly fields: readonly { readonly key: string; readonly name: string; readonly arg?: string }[];
}

/**
 * What loading came to as bytes, for a later start or another thread: to load our own rules took a
 * start 0.14 s, to unpack them takes 2 ms. Undefined where rules did not load, or are too large.
 */
export function packRules({ files, ruleSet }: LoadedRules): Uint8Array | undefined {
  if (!(ruleSet instanceof CompiledRuleSet)) return undefined;
  const packers = new Map<string, ConditionPacker>();
  const tokens = new TokenPacker();
  try {
    const bodies = ruleSet.rules.map(({ source, body }): PackedBody => {
      const packer = packers.get(source) ?? new ConditionPacker();
      packers.set(source, packer);
      return {
        condition: packer.add(body.condition),
        template: tokens.template(body.template),
        extraFields: body.extraFields.map((extra) => ({ ...extra, template: tokens.template(extra.template) })),
      };
    });
    const head: PackedHead = { files, rules: ruleSet.rules.map((rule) => rule.head), sources: [...packers.keys()] };
    const said: PackedBodies = { tokens: tokens.all, bodies };
    return packTexts([
      JSON.stringify(head),
      JSON.stringify(said),
      ...Array.from(packers.values(), (one) => one.text()),
    ]);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * As `loadRules`, of what `packRules` made of the same files and the same options. What only people ask for (`explain`, `lint`,
 * conditions, lists, macros) is got by loading the files when it is asked for.
 */
export function unpackRules(packed: Uint8Array, files: readonly RulesFile[], options: EngineOptions): LoadedRules {
  const [head = () => '', said = () => '', ...conditions] = textsOf(packed);
  const { files: findings, rules, sources } = JSON.parse(head()) as PackedHead;
  const unpackers = new Map(
    sources.map((name, n) => [name, new SourceUnpacker(conditions[n] ?? said, tableOf(name, options))]),
  );
  const whole = once(() => wholeSet(files, options));
  const bodies = once(() => JSON.parse(said()) as PackedBodies);
  const parts: RuleSetParts = {
    rules: rules.map((rule, n) => {
      const loadable = (): RuleBody['loadable'] => whole().rules[n]!.loadable;
      return new ShownRule(rule, new UnpackedBody(bodies, n, unpackers.get(rule.source)!, loadable));
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

  constructor(text: () => string, fields: FieldTable) {
    super(text, fields);
    this.#fields = fields;
  }

  template(packed: PackedTemplate, tokens: readonly PackedToken[]): Template<CheckedToken> {
    return packed.map((part) => {
      if (typeof part === 'string') return part;
      const { width, ...token } = tokens[part]!;
      return { width, field: this.#token(token) };
    });
  }

  #token({ value, isField, fields }: Omit<PackedToken, 'width'>): CheckedToken {
    return {
      value: unpackValue(value, this.#fields),
      isField,
      fields: fields.map(({ key, name, arg }) => ({ key, spec: this.#fields.get(name)!, arg })),
    };
  }
}

class UnpackedBody implements RuleBody {
  readonly #packed: () => PackedBodies;
  readonly #number: number;
  readonly #source: SourceUnpacker;
  readonly #loadable: () => RuleBody['loadable'];
  #template: Template<CheckedToken> | undefined;
  #extraFields: readonly ExtraField[] | undefined;

  constructor(
    packed: () => PackedBodies,
    number: number,
    source: SourceUnpacker,
    loadable: () => RuleBody['loadable'],
  ) {
    this.#packed = packed;
    this.#number = number;
    this.#source = source;
    this.#loadable = loadable;
  }

  get condition(): RuleBody['condition'] {
    return this.#source.condition(this.#body.condition);
  }

  get template(): Template<CheckedToken> {
    return (this.#template ??= this.#source.template(this.#body.template, this.#packed().tokens));
  }

  get extraFields(): readonly ExtraField[] {
    const { tokens } = this.#packed();
    return (this.#extraFields ??= this.#body.extraFields.map((extra) => {
      return { ...extra, template: this.#source.template(extra.template, tokens) };
    }));
  }

  get loadable(): RuleBody['loadable'] {
    return this.#loadable();
  }

  get #body(): PackedBody {
    return this.#packed().bodies[this.#number]!;
  }
}

/** Numbers tokens, the same once. */
class TokenPacker {
  readonly all: PackedToken[] = [];
  readonly #numbers = new Map<string, number>();

  template(template: Template<CheckedToken>): PackedTemplate {
    return template.map((part) => (typeof part === 'string' ? part : this.#add(packToken(part.width, part.field))));
  }

  #add(token: PackedToken): number {
    const key = JSON.stringify(token);
    const number = this.#numbers.get(key) ?? this.all.push(token) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}

function packToken(width: number, { value, isField, fields }: CheckedToken): PackedToken {
  return {
    width,
    value: packValue(value),
    isField,
    fields: fields.map(({ key, spec, arg }) => ({ key, name: spec.name, ...(arg !== undefined && { arg }) })),
  };
}
