import { defineCommand } from './command.ts';
import type { RunAppOptions } from './run-app.ts';

export const run = defineCommand<RunAppOptions>({
  name: 'run',
  about: 'Read the logs, run the rules, and serve: everything in one process (what npm start does)',
  examples: [
    ['elb-sidekick run', 'the sample logs, alerts on standard output, the service on 127.0.0.1:2801'],
    ['elb-sidekick run --config my.yaml', 'your own sources, rules and outputs'],
  ],
  configure(command) {
    command
      .option('-c, --config <file>', 'the config (default: config/default.yaml)')
      .option('--debug', 'log every object');
  },
  run: async (machine, _args, options) => (await import('./run-app.ts')).run(machine, options),
});
