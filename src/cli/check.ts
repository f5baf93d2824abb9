import { collect, defineCommand } from './command.ts';

export interface CheckOptions {
  readonly config?: string;
  readonly rules?: readonly string[];
}

export const check = defineCommand<CheckOptions>({
  name: 'check',
  about: 'Say what is wrong with the config, the rules and the GeoIP databases; changes nothing',
  examples: [
    ['elb-sidekick check', 'the config that npm start uses'],
    ['elb-sidekick check --config my.yaml', 'your own'],
    ['elb-sidekick check --rules my_rules.yaml', "rules files instead of the config's"],
  ],
  configure(command) {
    command
      .option('-c, --config <file>', 'the config (default: config/default.yaml)')
      .option('-r, --rules <file>', "rules file or folder, instead of the config's; may be repeated", collect);
  },
  run: async (machine, _args, options) => (await import('./run-check.ts')).runCheck(machine, options),
});
