import { Option } from 'commander';
import { defineCommand } from './command.ts';

export interface StatusOptions {
  readonly config?: string;
  readonly format: 'text' | 'jsonl';
  readonly limit: string;
}

export const status = defineCommand<StatusOptions>({
  name: 'status',
  about: 'Tell per source what was read, what is behind, what was given up and why; changes nothing',
  examples: [
    ['elb-sidekick status', 'of the config that npm start uses'],
    ['elb-sidekick status --limit 1000 --format jsonl', 'more of it, one JSON object a line'],
  ],
  configure(command) {
    command
      .option('-c, --config <file>', 'the config (default: config/default.yaml)')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'jsonl']).default('text'))
      .option('--limit <count>', 'so many unread objects, given-up objects and bad lines each, the newest', '20');
  },
  run: async (machine, _args, options) => (await import('./run-status.ts')).runStatus(machine, options),
});
