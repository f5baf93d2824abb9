import { runCli } from './cli/cli.ts';
import { systemMachine } from './cli/machine.ts';

// `npm start` without a word is `run`.
const argv = process.argv.slice(2);
process.exitCode = await runCli(argv.length === 0 ? ['run'] : argv, systemMachine());
