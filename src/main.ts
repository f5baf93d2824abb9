import { runCli } from './cli/cli.ts';
import { systemMachine } from './cli/machine.ts';

// `npm start` without a word is `run`.
const argv = process.argv.slice(2);
// Not only `exitCode`: a read from a pipe that nobody writes to would keep the process alive.
process.exit(await runCli(argv.length === 0 ? ['run'] : argv, systemMachine()));
