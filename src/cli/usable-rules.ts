import { printable } from '../base/printable.ts';
import { type ConfiguredRules, loadRead } from '../config/configured-rules.ts';
import type { FileFindings, RulesFinding, RuleSet } from '../detect/rules/engine.ts';
import { WrongInput } from './command.ts';
import type { Machine } from './machine.ts';

/** The rules, loaded. Prints warnings; throws `WrongInput` with every error when there is one. */
export async function usableRules(read: ConfiguredRules, machine: Pick<Machine, 'err'>): Promise<RuleSet> {
  const { files, ruleSet } = loadRead(read);
  await sayFindings(files, machine);
  if (ruleSet === undefined) throw new Error('rules without an error did not load');
  return ruleSet;
}

/** Prints warnings; throws `WrongInput` with every error when there is one. */
export async function sayFindings(files: readonly FileFindings[], machine: Pick<Machine, 'err'>): Promise<void> {
  const errors = files.flatMap((file) => file.errors.map((finding) => sayFinding(file, finding)));
  if (errors.length > 0) throw new WrongInput(`the rules cannot be used:\n\n${errors.join('\n')}`);
  const warnings = files.flatMap((file) => file.warnings.map((finding) => sayFinding(file, finding)));
  if (warnings.length > 0) await machine.err.write(`${warnings.join('\n')}\n`);
}

/** `FILE:LINE:COLUMN: CODE: message`, then the lines it is about with a mark under the spot. */
export function sayFinding(
  { file }: Pick<FileFindings, 'file'>,
  { code, message, item, at, snippet }: RulesFinding,
): string {
  const about = item === undefined ? '' : `${item.kind} '${item.name}': `;
  const lines = snippet.split('\n').map((line) => `    ${printable(line)}`);
  return [`${printable(file)}:${at.line}:${at.column}: ${code}: ${printable(about + message)}`, ...lines].join('\n');
}
