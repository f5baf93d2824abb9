import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { type CliCommand, type CommandGroup, type ExitCode, WrongCall, WrongInput } from './command.ts';
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
  const ended = (code: ExitCode): void => {
    exitCode = code;
  };
  for (const command of commands) add(program, command, machine, ended);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    exitCode = codeOf(error, print);
    const where = error instanceof CommanderError ? whereMeant(error, argv) : undefined;
    if (where !== undefined) print(`${where}\n`);
  }
  await Promise.allSettled(pending);
  return exitCode;
}

function add(
  parent: Command,
  command: CliCommand<never> | CommandGroup,
  machine: Machine,
  ended: (code: ExitCode) => void,
): void {
  const child = parent.command(command.name).description(command.about);
  child.addHelpText('after', `\nExamples:\n${exampleLines(command).join('\n')}`);
  if ('actions' in command) {
    for (const action of command.actions) add(child, action, machine, ended);
    return;
  }
  command.configure(child);
  child.action(async () => {
    refuseEmpty(child.args, child.opts());
    ended(await command.run(machine, child.args, child.opts<never>()));
  });
}

/** `scan "$LOGS"` with a variable that is not set would read the folder it is called in. */
function refuseEmpty(args: readonly string[], options: Readonly<Record<string, unknown>>): void {
  if (args.includes('')) throw new WrongCall('an argument is empty; is a variable not set?');
  for (const [name, value] of Object.entries(options)) {
    if (value !== '' && !(Array.isArray(value) && value.includes(''))) continue;
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new WrongCall(`--${flag} is empty; is a variable not set?`);
  }
}

function exampleLines(command: CliCommand<never> | CommandGroup): string[] {
  const examples = 'actions' in command ? command.actions.flatMap((action) => action.examples) : command.examples;
  const width = Math.max(...examples.map(([call]) => call.length));
  return examples.map(([call, does]) => `  ${call.padEnd(width)}  ${does}`);
}

/** Of an option that one action of a command has and another has not: where it means something. */
function whereMeant({ code, message }: CommanderError, [name]: readonly string[]): string | undefined {
  const flag = /'(-[^']*)'/.exec(message)?.[1];
  const group = commands.find((command) => command.name === name);
  if (code !== 'commander.unknownOption' || flag === undefined || group === undefined || !('actions' in group)) return;
  const having = group.actions.filter((action) => {
    const command = new Command();
    action.configure(command);
    return command.options.some(({ short, long }) => flag === short || flag === long);
  });
  return having.length === 0
    ? undefined
    : `${flag} is an option of ${having.map((one) => `${name} ${one.name}`).join(', ')}.`;
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
