import { defineCommand } from './command.ts';
import type { RunAppOptions } from './run-app.ts';

export const serve = defineCommand<RunAppOptions>({
  name: 'serve',
  about: 'Only the HTTP service: take alerts from Falco or from ingest, enrich, store, deliver',
  examples: [
    ['elb-sidekick serve', 'on 127.0.0.1:2801, alerts on standard output'],
    ['elb-sidekick serve --config my.yaml', 'your own outputs and routes'],
  ],
  configure(command) {
    command.option('-c, --config <file>', 'the config (default: config/default.yaml)').option('--debug', 'log more');
  },
  run: async (machine, _args, options) => (await import('./run-app.ts')).serve(machine, options),
});
