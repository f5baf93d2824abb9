import { alerts } from './alerts.ts';
import { check } from './check.ts';
import type { CliCommand, CommandGroup } from './command.ts';
import { fields } from './fields.ts';
import { hashPassword } from './hash-password.ts';
import { ingest } from './ingest.ts';
import { parse } from './parse.ts';
import { routes } from './routes.ts';
import { run } from './run.ts';
import { scan } from './scan.ts';
import { serve } from './serve.ts';
import { rules } from './rules.ts';
import { status } from './status.ts';

/** Every command, in the order of `--help`: one file each in this folder. */
export const commands: readonly (CliCommand<never> | CommandGroup)[] = [
  run,
  serve,
  ingest,
  status,
  scan,
  parse,
  fields,
  check,
  rules,
  alerts,
  routes,
  hashPassword,
];
