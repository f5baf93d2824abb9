import type { CliCommand } from './command.ts';
import { fields } from './fields.ts';
import { parse } from './parse.ts';
import { scan } from './scan.ts';

/** Every command, in the order of `--help`. */
export const commands: readonly CliCommand<never>[] = [scan, parse, fields];
