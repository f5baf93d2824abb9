import { printable } from '../base/printable.ts';
import { formats } from '../detect/formats/registry.ts';
import type { RulesFinding } from '../detect/rules/engine.ts';
import { findingsAsFalcoJson, findingsAsText } from '../detect/rules/load/results.ts';
import type { ExitCode } from './command.ts';
import type { Machine } from './machine.ts';
import { loadForLoadBalancers, namedRules } from './named-rules.ts';
import type { RulesCheckOptions } from './rules.ts';

/** `rules check`: 1 when a file has an error; with `strict`, when anything was found. */
export async function checkRules(
  machine: Machine,
  paths: readonly string[],
  { format, strict }: RulesCheckOptions,
): Promise<ExitCode> {
  const given = await namedRules(paths, machine);
  const { files, ruleSet } = loadForLoadBalancers(given);
  const lint = ruleSet?.lint(formats) ?? [];
  if (format === 'json') {
    await machine.out.write(`${JSON.stringify({ ...findingsAsFalcoJson(files), lint: lint.map(lintJson) })}\n`);
  } else {
    const unread = given.slice(files.length).map(({ name }) => `${name}: not read, for a file before it is invalid\n`);
    await machine.out.write(safe(`${findingsAsText(files)}${unread.join('')}${lint.map(lintText).join('')}`));
  }
  if (!ruleSet) return 1;
  const found = lint.length + files.reduce((sum, { warnings }) => sum + warnings.length, 0);
  return strict && found > 0 ? 1 : 0;
}

function lintText({ code, message, item, at, snippet }: RulesFinding): string {
  const lines = snippet.split('\n').map((line) => `    ${line}`);
  return `\n${at.file}:${at.line}:${at.column}: ${code}: rule '${item?.name ?? ''}': ${message}\n${lines.join('\n')}\n`;
}

function lintJson({ code, message, item, at, snippet }: RulesFinding): Readonly<Record<string, unknown>> {
  return { code, message, rule: item?.name, file: at.file, line: at.line, column: at.column, snippet };
}

/** Rules files may come from strangers: nothing in them reaches the terminal as a control character. */
function safe(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n');
}
