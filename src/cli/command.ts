import type { Command as Commander } from 'commander';
import type { Machine } from './machine.ts';

/** 0: fine. 1: the input is wrong (a file, the config, the rules). 2: the call is wrong (an option, an argument). */
export type ExitCode = 0 | 1 | 2;

/** A command of `elb-sidekick`, or an action of one. */
export interface CliCommand<Options = unknown> {
  /** As typed; of a command the file's name. */
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** Command lines that work, each with what it does. */
  readonly examples: readonly (readonly [call: string, does: string])[];
  /** Adds arguments and options. Called at every start, also for other commands: import nothing heavy for it. */
  configure(command: Commander): void;
  /**
   * Does the work; loads with `await import(…)` what is heavy. `args` are the positional arguments, `options` what
   * `configure` declared. A `WrongInput` or `WrongCall` that it throws is printed and becomes exit code 1 or 2.
   */
  run(machine: Machine, args: readonly string[], options: Options): Promise<ExitCode>;
}

/** A command that does one of several things, each with arguments and options of its own: `rules check`, `rules test`. */
export interface CommandGroup {
  readonly name: string;
  readonly about: string;
  readonly actions: readonly CliCommand<never>[];
}

/** Keeps the options' type between a command's parts; the registry holds them without. */
export function defineCommand<Options>(command: CliCommand<Options>): CliCommand<Options> {
  return command;
}

/** Something that was read is wrong; the message says what and where. */
export class WrongInput extends Error {
  override readonly name = 'WrongInput';
}

/** The command line is wrong; the message says how it should be. */
export class WrongCall extends Error {
  override readonly name = 'WrongCall';
}

/** For options that may be repeated: `option('--rules <file>', '…', collect)`. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
