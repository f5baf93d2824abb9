import { Option } from 'commander';
import { defineCommand } from './command.ts';

export interface RoutesOptions {
  readonly config?: string;
  readonly format: 'text' | 'jsonl';
}

export const routes = defineCommand<RoutesOptions>({
  name: 'routes',
  about: 'Say where alerts would go and why, with the answer of every matcher; sends nothing',
  examples: [
    ['elb-sidekick routes alert.json', "Falco's JSON: one alert, an array or one a line"],
    ['elb-sidekick scan --format jsonl samples | elb-sidekick routes -', 'what rules raise, from standard input'],
    ['elb-sidekick routes --config my.yaml --format jsonl alert.json', 'for programs, one decision a line'],
  ],
  configure(command) {
    command
      .argument('<file>', 'a file with alerts, - for standard input')
      .option('-c, --config <file>', 'the config with the routes (default: config/default.yaml)')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'jsonl']).default('text'));
  },
  run: async (machine, [file = '-'], options) => (await import('./run-routes.ts')).runRoutes(machine, file, options),
});
