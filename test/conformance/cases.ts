import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../src/base/json.ts';
import type { FieldSpec, FieldType } from '../../src/detect/formats/format.ts';

/** The files of a conformance folder, as `../shared/conformance/README.md` describes them. */
export interface ConformanceFolder {
  readonly parser: readonly ParserCase[];
  readonly eval: readonly EvalCase[];
  readonly rules: readonly RulesCase[];
  readonly output: readonly OutputCase[];
  readonly utils: UtilsCases;
  readonly fields: FieldsFile;
}

/** `expect` is Falco's HEAD; where the release that we follow differs, `expect_0_44_1` says what it does. */
interface Case<E> {
  readonly name: string;
  readonly upstream: string;
  readonly expect: E;
  readonly expect_0_44_1?: E;
  readonly note?: string;
}

export interface ParserCase extends Case<{ readonly parse: 'ok' | 'error'; readonly canonical?: string }> {
  readonly condition: string;
}

/** A field's value, or, for a field with an argument, its values by argument. `_info` is the event's summary. */
export type CaseEvent = Readonly<Record<string, unknown>>;

export interface EvalCase
  extends Case<{ readonly load: string; readonly match?: boolean; readonly warnings?: readonly string[] }> {
  readonly condition: string;
  readonly event: CaseEvent;
}

interface ExpectedRule {
  readonly name: string;
  readonly compiled: string;
  readonly output: string;
  readonly priority: string;
  readonly desc: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
  readonly source: string;
}

export interface RulesCase
  extends Case<{
    readonly load: string;
    readonly failed_file?: number;
    readonly warnings?: readonly { readonly code: string }[];
    readonly rules?: readonly ExpectedRule[];
    readonly lists?: Readonly<Record<string, readonly string[]>>;
    readonly enabled_count?: number;
    readonly alerts?: readonly (readonly { readonly rule: string; readonly text: string }[])[];
  }> {
  readonly files: readonly string[];
  readonly events?: readonly CaseEvent[];
  readonly options?: {
    readonly rules_selection?: readonly Readonly<Record<string, { readonly rule?: string; readonly tag?: string }>>[];
    readonly rule_matching?: string;
    readonly min_priority?: string;
  };
}

export interface OutputCase
  extends Case<{
    readonly load: string;
    readonly text?: string;
    readonly json_line?: string;
    readonly warnings?: readonly string[];
  }> {
  readonly output: string;
  readonly event: CaseEvent;
  readonly options?: {
    readonly append_output?: readonly {
      readonly extra_output?: string;
      readonly formatted_field?: readonly [string, string];
      readonly raw_field?: string;
      readonly source?: string;
      readonly rule?: string;
      readonly tags?: readonly string[];
    }[];
    readonly priority?: string;
    readonly tags?: readonly string[];
    readonly time_format_iso_8601?: boolean;
    readonly json_include_output_property?: boolean;
    readonly json_include_output_fields_property?: boolean;
    readonly json_include_message_property?: boolean;
    readonly json_include_tags_property?: boolean;
  };
}

interface Plugin {
  readonly name: string;
  readonly version: string;
}

export interface UtilsCases {
  readonly wildcard_match?: readonly { readonly pattern: string; readonly value: string; readonly expect: boolean }[];
  readonly plugin_requirements?: readonly {
    readonly loaded_plugins: readonly Plugin[];
    readonly required_plugin_versions: readonly (readonly (Plugin & { readonly alternatives?: readonly Plugin[] })[])[];
    readonly expect: 'satisfied' | 'rejected';
  }[];
  readonly priority?: readonly { readonly input: string; readonly expect: string | null }[];
  readonly semver_compatible?: readonly { readonly have: string; readonly want: string; readonly expect: boolean }[];
  readonly engine_versions?: Readonly<Record<string, string>>;
}

interface FieldRow {
  readonly name: string;
  readonly type: FieldType;
  readonly list: boolean;
  readonly arg: FieldSpec['arg'] | null;
}

export interface FieldsFile {
  readonly source: string;
  readonly plugin: string;
  readonly fields: readonly FieldRow[];
}

/** Reads what is there; a file that is missing has no cases. `fields.json` may be that of `elsewhere`. */
export function readFolder(folder: string, elsewhere = folder): ConformanceFolder {
  const fields = readJson(join(folder, 'fields.json')) ?? readJson(join(elsewhere, 'fields.json'));
  if (!fields) throw new Error(`${folder} has no fields.json, the field registry that its conditions are about`);
  return {
    parser: casesOf(folder, 'parser') as readonly ParserCase[],
    eval: casesOf(folder, 'eval') as readonly EvalCase[],
    rules: casesOf(folder, 'rules') as readonly RulesCase[],
    output: casesOf(folder, 'output') as readonly OutputCase[],
    utils: readJson(join(folder, 'utils.json')) ?? {},
    fields: fields as FieldsFile,
  };
}

export function expectation<E>(of: Case<E>): E {
  return of.expect_0_44_1 ?? of.expect;
}

function casesOf(folder: string, name: string): readonly unknown[] {
  const json = readJson(join(folder, `${name}.json`)) ?? [];
  const cases = Array.isArray(json) ? json : (json as { readonly cases?: readonly unknown[] }).cases;
  return cases ?? [];
}

function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined;
  return parseJson(readFileSync(path, 'utf8'));
}
