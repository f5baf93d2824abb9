import type { CliCommand } from './command.ts';
import { fields } from './fields.ts';
import { parse } from './parse.ts';

/** Every command, in the order of `--help`. */
export const commands: readonly CliCommand<never>[] = [parse, fields];
