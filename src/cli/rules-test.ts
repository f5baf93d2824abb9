import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { bytesOfText, textOfBytes } from '../base/bytes.ts';
import { printable } from '../base/printable.ts';
import { catalogue } from '../detect/formats/catalogue.ts';
import { BadLine, type EventValue, type LineOrigin, type LogEvent, type LogFormat } from '../detect/formats/format.ts';
import { objectFacts } from '../aws/object-name.ts';
import { formatNamed, formatOf, formats } from '../detect/formats/registry.ts';
import type { RuleEngine, RuleSet } from '../detect/rules/engine.ts';
import { findingsAsText } from '../detect/rules/load/results.ts';
import { type ExitCode, WrongInput } from './command.ts';
import type { Machine } from './machine.ts';
import { loadForLoadBalancers, shippedRules } from './named-rules.ts';
import { parseRuleTests, type RuleTest } from './rule-tests.ts';

/** `rules test`: runs each `*.test.yaml` on the rules beside it; 1 when a test fails. */
export async function testRules(machine: Machine, paths: readonly string[]): Promise<ExitCode> {
  const named = paths.length === 0 ? [shippedRules] : paths.map((path) => resolve(machine.cwd, path));
  const files = (await Promise.all(named.map(testFilesOf))).flat();
  if (files.length === 0)
    throw new WrongInput('there are no tests: a *.test.yaml stands beside the rules file it is for');
  let passed = 0;
  let failed = 0;
  for (const path of files) {
    const below = relative(machine.cwd, path);
    const file = below.startsWith('..') ? path : below;
    const bench = await TestBench.beside(path);
    for (const test of parseRuleTests(file, await readFile(path, 'utf8'))) {
      const differences = bench.run(test);
      if (differences.length === 0) passed++;
      else {
        failed++;
        await machine.out.write(
          `FAILED ${file}: ${printable(test.name)}\n${differences.map((line) => `  ${line}\n`).join('')}`,
        );
      }
    }
  }
  await machine.out.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

const testFile = /\.test\.ya?ml$/;

/** A test file itself, those in a folder, or the one beside a rules file. */
async function testFilesOf(path: string): Promise<string[]> {
  if (!existsSync(path)) throw new WrongInput(`there is no ${path}`);
  if ((await stat(path)).isDirectory()) {
    return (await readdir(path))
      .filter((name) => testFile.test(name))
      .sort()
      .map((name) => join(path, name));
  }
  if (testFile.test(path)) return [path];
  const beside = path.replace(/(\.ya?ml)$/, '.test$1');
  if (beside === path || !existsSync(beside))
    throw new WrongInput(`${path} has no tests: there is no ${basename(beside)} beside it`);
  return [beside];
}

/** Runs tests on the rules of one file. */
class TestBench {
  readonly #ruleSets: Readonly<Record<RuleTest['matching'], RuleSet>>;
  /** Compiling the rules costs more than running a test: each engine serves all tests. */
  readonly #engines = {
    first: new Map<LogFormat, RuleEngine<LogEvent>>(),
    all: new Map<LogFormat, RuleEngine<LogEvent>>(),
  };

  constructor(ruleSets: Readonly<Record<RuleTest['matching'], RuleSet>>) {
    this.#ruleSets = ruleSets;
  }

  static async beside(path: string): Promise<TestBench> {
    const rules = path.replace(/\.test(\.ya?ml)$/, '$1');
    if (!existsSync(rules)) throw new WrongInput(`${path} tests ${basename(rules)}, which is not beside it`);
    const content = await readFile(rules, 'utf8');
    const load = (ruleMatching: RuleTest['matching']): RuleSet => {
      const { files, ruleSet } = loadForLoadBalancers([{ name: rules, content }], { ruleMatching });
      if (!ruleSet) throw new WrongInput(`the rules cannot be used:\n${findingsAsText(files)}`);
      return ruleSet;
    };
    return new TestBench({ first: load('first'), all: load('all') });
  }

  /** What is not as the test says, for a person; nothing when it passes. */
  run(test: RuleTest): readonly string[] {
    const differences: string[] = [];
    const object = bytesOfText(test.object ?? 'test');
    const origin: LineOrigin = { object, facts: objectFacts(test.object ?? 'test') };
    const raised: string[] = [];
    let last: { readonly event: LogEvent; readonly format: LogFormat } | undefined;
    for (const [i, text] of test.lines.entries()) {
      const line = bytesOfText(text);
      const format =
        test.format === undefined ? formatOf(line, formatNamed(origin.facts.logType)) : formatNamed(test.format);
      if (!format) return [noFormat(test.format, i)];
      const event = format.parse(line, origin, i + 1);
      if (event instanceof BadLine)
        return [`line ${i + 1} is no line of ${format.name}: ${event.reason}: ${event.detail}`];
      raised.push(
        ...this.#engine(test.matching, format)
          .evaluate(event)
          .map(({ rule }) => rule),
      );
      last = { event, format };
    }
    if (raised.join('\0') !== test.expect.join('\0')) differences.push(...difference(test.expect, raised));
    for (const [name, expected] of Object.entries(test.fields)) {
      const found = last && fieldText(name, last.event, last.format);
      if (found === undefined) differences.push(`there is no field ${name}`);
      else if (found !== expected) differences.push(`${name}: expected ${shown(expected)}, is ${shown(found)}`);
    }
    return differences;
  }

  #engine(matching: RuleTest['matching'], format: LogFormat): RuleEngine<LogEvent> {
    const engines = this.#engines[matching];
    const engine = engines.get(format) ?? this.#ruleSets[matching].engine(format);
    engines.set(format, engine);
    return engine;
  }
}

function noFormat(named: string | undefined, line: number): string {
  const known = formats.map(({ name }) => name).join(', ');
  return named === undefined
    ? `line ${line + 1} has the shape of no log; formats are ${known}`
    : `there is no format ${named}; there are ${known}`;
}

/** The rules that are too few and too many, or, where only the order is wrong, both orders. */
function difference(expected: readonly string[], raised: readonly string[]): string[] {
  const missing = expected.filter((rule) => !raised.includes(rule)).map((rule) => `- ${rule}`);
  const extra = raised.filter((rule) => !expected.includes(rule)).map((rule) => `+ ${rule}`);
  if (missing.length + extra.length > 0) return ['rules (- expected, + raised):', ...missing, ...extra];
  return [`expected, in this order: ${expected.join(', ')}`, `raised: ${raised.join(', ')}`];
}

/** The field's value as text; null without a value, undefined where no such field exists. `name[arg]` for fields with an argument. */
function fieldText(expression: string, event: LogEvent, format: LogFormat): string | null | undefined {
  const [, name = '', arg] = /^([^[]*)(?:\[(.*)\])?$/.exec(expression) ?? [];
  if (!catalogue.some((field) => field.name === name)) return undefined;
  const value = format.fields.find((field) => field.name === name)?.read(event, arg);
  return value === undefined || (Array.isArray(value) && value.length === 0) ? null : valueText(value);
}

function valueText(value: EventValue): string {
  if (typeof value === 'object') return `(${value.map(valueText).join(',')})`;
  return typeof value === 'string' ? textOfBytes(value) : String(value);
}

function shown(text: string | null): string {
  return text === null ? 'no value' : JSON.stringify(printable(text));
}
