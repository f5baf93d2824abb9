import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { type CliCommand, type ExitCode, WrongCall, WrongInput } from './command.ts';
import type { Machine } from './machine.ts';
import { commands } from './registry.ts';

/** Runs one command line (without the program's name) and says with what to exit. Never rejects for what a user can cause. */
export async function runCli(argv: readonly string[], machine: Machine): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const pending: Promise<void>[] = [];
  const print = (text: string): void => {
    pending.push(machine.err.write(text));
  };
  const program = new Command('elb-sidekick')
    .description('Watches AWS load balancer logs with Falco rules.')
    .version(packageJson.version, '-V, --version')
    .showHelpAfterError('Add --help to see what can be said.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        pending.push(machine.out.write(text));
      },
      writeErr: print,
      getOutHelpWidth: () => machine.out.columns,
    });
  for (const command of commands) {
    add(program, command, machine, (code) => {
      exitCode = code;
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    exitCode = codeOf(error, print);
  }
  await Promise.allSettled(pending);
  return exitCode;
}

function add(program: Command, command: CliCommand<never>, machine: Machine, ended: (code: ExitCode) => void): void {
  const child = program.command(command.name).description(command.about);
  command.configure(child);
  const width = Math.max(...command.examples.map(([call]) => call.length));
  const examples = command.examples.map(([call, does]) => `  ${call.padEnd(width)}  ${does}`);
  child.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
  child.action(async () => {
    ended(await command.run(machine, child.args, child.opts<never>()));
  });
}

function codeOf(error: unknown, print: (text: string) => void): ExitCode {
  // Commander printed its message already; asking for help or the version is no mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof Error)) throw new Error('something other than an error was thrown', { cause: error });
  switch (error.name) {
    case 'ReaderGone':
      return 0;
    case WrongCall.name:
      print(`${error.message}\n`);
      return 2;
    case WrongInput.name:
    case 'ConfigError':
    case 'RulesUnreadable':
      print(`${error.message}\n`);
      return 1;
    default:
      throw error;
  }
}
