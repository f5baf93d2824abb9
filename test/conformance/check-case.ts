import { parsePriority } from '../../src/alert/priority.ts';
import { parseCondition } from '../../src/detect/rules/condition/parse.ts';
import { printExpr } from '../../src/detect/rules/condition/print.ts';
import type { EngineOptions, LoadedRules, RuleSelection, RulesFile } from '../../src/detect/rules/engine.ts';
import { jsonLine } from '../../src/detect/rules/message/json-line.ts';
import {
  type EvalCase,
  expectation,
  type FieldsFile,
  type OutputCase,
  type ParserCase,
  type RulesCase,
} from './cases.ts';
import { caseEvent, syntheticFormat, syntheticSource, syscallSource } from './synthetic-format.ts';

/** What differs from the expectation; undefined when nothing does. */
export type Difference = string | undefined;

export type Loader = (files: readonly RulesFile[], options: EngineOptions) => LoadedRules;

export function checkParserCase(test: ParserCase): Difference {
  const expect = expectation(test);
  const parsed = parseCondition(test.condition);
  if (parsed.ok !== (expect.parse === 'ok')) {
    return `expected ${expect.parse}, got ${parsed.ok ? `ok: ${printExpr(parsed.expr)}` : `error: ${parsed.message}`}`;
  }
  return parsed.ok && expect.canonical !== undefined
    ? differs('canonical', printExpr(parsed.expr), expect.canonical)
    : undefined;
}

export function checkEvalCase(fields: FieldsFile, test: EvalCase, loader: Loader): Difference {
  const expect = expectation(test);
  const rule = {
    rule: 'r',
    desc: 'd',
    condition: test.condition,
    output: 'out',
    priority: 'WARNING',
    source: fields.source,
  };
  const loaded = load(loader, fields, [JSON.stringify([rule])]);
  const difference = compareLoad(loaded, expect.load) ?? compareWarnings(loaded, expect.warnings ?? []);
  if (difference !== undefined || expect.match === undefined) return difference;
  const alerts = loaded.ruleSet?.engine(syntheticFormat(fields)).evaluate(caseEvent(test.event)) ?? [];
  return differs('match', alerts.length > 0, expect.match);
}

export function checkRulesCase(fields: FieldsFile, test: RulesCase, loader: Loader): Difference {
  const expect = expectation(test);
  const { options = {} } = test;
  const plain = load(loader, fields, test.files);
  const codes = expect.warnings?.map(({ code }) => code) ?? [];
  const difference =
    compareLoad(plain, expect.load) ?? compareFailedFile(plain, expect.failed_file) ?? compareWarnings(plain, codes);
  if (difference !== undefined || !plain.ruleSet) return difference;
  if (expect.rules && expect.rules.length > 0) {
    const found = plain.ruleSet.rules.map(({ name, condition, output, priority, desc, enabled, tags, source }) => {
      return { name, compiled: condition, output, priority, desc, enabled, tags, source };
    });
    const difference = differs('rules', found, expect.rules.map(orderKeys));
    if (difference !== undefined) return difference;
  }
  if (expect.lists) {
    const found = Object.fromEntries(plain.ruleSet.lists.map(({ name, items }) => [name, items]));
    const difference = differs('lists', sortKeys(found), sortKeys(expect.lists));
    if (difference !== undefined) return difference;
  }
  const priority = options.min_priority === undefined ? undefined : parsePriority(options.min_priority);
  const selected = load(loader, fields, test.files, {
    ...(options.rules_selection && { selection: options.rules_selection.flatMap(selectionOf) }),
    ...(options.rule_matching?.toLowerCase() === 'all' && { ruleMatching: 'all' }),
    ...(priority && { priority }),
  });
  const count = selected.ruleSet?.rules.filter(({ enabled }) => enabled).length;
  if (expect.enabled_count !== undefined && count !== expect.enabled_count) {
    return differs('enabled_count', count, expect.enabled_count);
  }
  if (!expect.alerts || !selected.ruleSet) return undefined;
  const engine = selected.ruleSet.engine(syntheticFormat(fields));
  const alerts = (test.events ?? []).map((event, i) =>
    engine.evaluate(caseEvent(event, i + 1)).map(({ rule, output }) => ({ rule, text: output })),
  );
  return differs('alerts', alerts, expect.alerts);
}

export function checkOutputCase(fields: FieldsFile, test: OutputCase, loader: Loader): Difference {
  const expect = expectation(test);
  const { options = {} } = test;
  const rule = {
    rule: 'r',
    desc: 'd',
    condition: 'evt.num > 0',
    output: test.output,
    priority: options.priority ?? 'WARNING',
    source: fields.source,
    ...(options.tags && { tags: options.tags }),
  };
  const loaded = load(loader, fields, [JSON.stringify([rule])], {
    // The data's own note: %evt.hostname printed the name of the machine, not the one that Falco was given.
    hostname: 'vm',
    ...(options.time_format_iso_8601 && { timeFormatIso8601: true }),
    ...(options.append_output && {
      appendOutput: options.append_output.map((entry) => ({
        match: {
          ...(entry.source !== undefined && { source: entry.source }),
          ...(entry.rule !== undefined && { rule: entry.rule }),
          ...(entry.tags && { tags: entry.tags }),
        },
        ...(entry.extra_output !== undefined && { extraOutput: entry.extra_output }),
        extraFields: [entry.formatted_field, entry.raw_field].filter((field) => field !== undefined),
      })),
    }),
  });
  const difference = compareLoad(loaded, expect.load) ?? compareWarnings(loaded, expect.warnings ?? []);
  if (difference !== undefined || !loaded.ruleSet) return difference;
  const [alert] = loaded.ruleSet.engine(syntheticFormat(fields)).evaluate(caseEvent(test.event));
  if (!alert) return 'no alert';
  const line = jsonLine(
    { ...alert, hostname: 'host-1' },
    {
      output: options.json_include_output_property ?? true,
      outputFields: options.json_include_output_fields_property ?? true,
      message: options.json_include_message_property ?? false,
      tags: options.json_include_tags_property ?? true,
    },
  );
  if (expect.text !== undefined && alert.output !== expect.text) return differs('text', alert.output, expect.text);
  return expect.json_line === undefined ? undefined : differs('json_line', line, expect.json_line);
}

function load(
  loader: Loader,
  fields: FieldsFile,
  files: readonly string[],
  options: Partial<EngineOptions> = {},
): LoadedRules {
  return loader(
    files.map((content, i) => ({ name: `file-${i}.yaml`, content })),
    // Falco checks required plugins after loading, apart from the engine that the data comes from.
    { hostname: 'host-1', sources: [syntheticSource(fields), syscallSource], checkPluginVersions: false, ...options },
  );
}

function compareLoad(loaded: LoadedRules, expected: string): Difference {
  const error = loaded.files.flatMap(({ errors }) => errors)[0];
  const code = error?.code ?? 'ok';
  return code === expected ? undefined : `load: expected ${expected}, got ${code}${error ? `: ${error.message}` : ''}`;
}

function compareFailedFile(loaded: LoadedRules, expected: number | undefined): Difference {
  if (expected === undefined) return undefined;
  return differs(
    'failed_file',
    loaded.files.findIndex(({ errors }) => errors.length > 0),
    expected,
  );
}

/** Our own warnings about upstream's bugs have codes of our own and are no part of the data. */
function compareWarnings(loaded: LoadedRules, expected: readonly string[]): Difference {
  const found = loaded.files.flatMap(({ warnings }) => warnings.map(({ code }) => code));
  return differs('warnings', found.filter((code) => code.startsWith('LOAD_')).sort(), [...expected].sort());
}

function selectionOf(
  entry: Readonly<Record<string, { readonly rule?: string; readonly tag?: string }>>,
): RuleSelection[] {
  return Object.entries(entry).map(([action, chosen]) => ({
    action: action === 'enable' ? 'enable' : 'disable',
    ...chosen,
  }));
}

function orderKeys({ name, compiled, output, priority, desc, enabled, tags, source }: RulesCaseRule): RulesCaseRule {
  return { name, compiled, output, priority, desc, enabled, tags, source };
}

type RulesCaseRule = NonNullable<ReturnType<typeof expectation<RulesCase['expect']>>['rules']>[number];

function sortKeys<V>(record: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function differs(what: string, found: unknown, expected: unknown): Difference {
  const left = JSON.stringify(found);
  const right = JSON.stringify(expected);
  return left === right ? undefined : `${what}: expected ${right}, got ${left}`;
}
