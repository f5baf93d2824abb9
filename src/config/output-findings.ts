import { resolve } from 'node:path';
import type { Config } from './config.ts';
import type { ConfiguredOutput } from './configured-outputs.ts';
import type { ConfigProblem } from './read-config.ts';

export interface OutputFindings {
  /** Keep the service from starting. */
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** What the kinds of outputs find in their configs and the files that these name, with places in the config. */
export async function outputFindings(
  { baseDir, outputs, problemAt }: Config,
  which: (output: ConfiguredOutput) => boolean = () => true,
): Promise<OutputFindings> {
  const errors: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const resolvePath = (path: string): string => resolve(baseDir, path);
  for (const [index, output] of outputs.entries()) {
    const findings = which(output) ? await output.kind.findings?.(output.config, { resolvePath }) : undefined;
    for (const { severity, path, message } of findings ?? [])
      (severity === 'error' ? errors : warnings).push(problemAt(['outputs', index, ...path], message));
  }
  return { errors, warnings };
}
