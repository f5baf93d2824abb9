import { resolve } from 'node:path';
import { printable } from '../base/printable.ts';
import { postEvents } from '../detect/feed-sender.ts';
import { openEnrichment } from '../enrichment.ts';
import { loadConfiguredRules } from '../config/configured-rules.ts';
import { outputFindings } from '../config/output-findings.ts';
import { sayProblem } from '../config/read-config.ts';
import type { CheckOptions } from './check.ts';
import type { ExitCode } from './command.ts';
import type { Machine } from './machine.ts';
import { configOf } from './run-app.ts';
import { sayFinding } from './usable-rules.ts';

/** `check`: exit code 1 when something would keep `run` from starting or from doing its work. */
export async function runCheck(machine: Machine, options: CheckOptions): Promise<ExitCode> {
  const config = await configOf(options, machine);
  const say = (text: string): Promise<void> => machine.out.write(`${text}\n`);
  let wrong = 0;
  await say(`config ${printable(config.file)}: ok`);

  const { errors, warnings } = await outputFindings(config);
  for (const problem of errors) await say(`error: ${printable(sayProblem(problem))}`);
  for (const problem of warnings) await say(`warning: ${printable(sayProblem(problem))}`);
  wrong += errors.length;

  if (config.engine.kind === 'falco') {
    const { address } = config.engine.feed;
    const sender = postEvents(address);
    const problem = await sender.health(machine.stop);
    sender.close();
    if (problem !== undefined) wrong++;
    await say(problem === undefined ? `falco plugin at ${address}: answers` : `error: ${printable(problem)}`);
  }
  const files = options.rules?.map((path) => resolve(machine.cwd, path)) ?? config.rules.files;
  const loaded = await loadConfiguredRules({ ...config.rules, files }, machine);
  for (const file of loaded.files) {
    wrong += file.errors.length;
    for (const finding of file.errors) await say(`error: ${sayFinding(file, finding)}`);
    for (const finding of file.warnings) await say(`warning: ${sayFinding(file, finding)}`);
    if (file.errors.length === 0) await say(`rules ${printable(file.file)}: ok`);
  }
  if (files.length === 0 && config.sources.length === 0)
    await say('no rules_files: alerts come from a Falco elsewhere');
  else if (loaded.ruleSet !== undefined) {
    const enabled = loaded.ruleSet.rules.filter((rule) => rule.enabled).length;
    await say(`${enabled} of ${loaded.ruleSet.rules.length} rules enabled`);
    if (enabled === 0 && config.engine.kind !== 'falco' && config.sources.length > 0)
      await say('warning: logs are read and no rule looks at them; name rules files under `rules_files`');
  }

  const enrichment = await openEnrichment({ ...config, geoip: { ...config.geoip, reloadMs: 0 } }, machine.clock);
  for (const { path, type } of enrichment.geo.databases()) await say(`geoip ${printable(path)}: ${type}`);
  const problems = new Set([
    ...enrichment.geo.problems(),
    ...enrichment.enrichers.flatMap((one) => [...one.problems()]),
  ]);
  for (const problem of problems) await say(`error: ${printable(problem)}`);
  wrong += problems.size;
  await enrichment.close();
  return wrong === 0 ? 0 : 1;
}
